import type { Consumer, PluginEntry, Route, Scope, Service } from './entities.ts';
import { idFor } from './ids.ts';
import type { Problems } from './problems.ts';
import { type Reference, referenceText, refersTo } from './references.ts';
import type { RawFile, RawPlugin } from './schema.ts';

type Known = { services: readonly Service[]; routes: readonly Route[]; consumers: readonly Consumer[] };
type Owner = { service?: string; route?: string; consumer?: string };

function resolve(
  reference: Reference,
  inherited: string | undefined,
  among: Known[keyof Known],
  what: string,
  at: string,
  problems: Problems,
): string | null {
  if (reference === null || reference === undefined) return inherited ?? null;
  const entity = among.find((each) => refersTo(reference, each));
  if (entity === undefined) problems.add(at, `there is no ${what} ${referenceText(reference)}`);
  return entity?.id ?? null;
}

/**
 * Every plugin of a file with the scope it is for: its place in the file, or the route, service and consumer that it names.
 *
 * Two configurations of one plugin for one scope are a problem, as in Kong. A disabled plugin is left out.
 */
export function readPlugins(file: RawFile, known: Known, problems: Problems): PluginEntry[] {
  const entries: PluginEntry[] = [];
  const add = (list: readonly RawPlugin[] | null | undefined, owner: Owner, at: string): void => {
    for (const [index, raw] of (list ?? []).entries()) {
      const here = `${at}[${index}] (${raw.name})`;
      const scope: Scope = {
        routeId: resolve(raw.route, owner.route, known.routes, 'route', here, problems),
        serviceId: resolve(raw.service, owner.service, known.services, 'service', here, problems),
        consumerId: resolve(raw.consumer, owner.consumer, known.consumers, 'consumer', here, problems),
      };
      const key = JSON.stringify([raw.name, scope]);
      if (entries.some((other) => JSON.stringify([other.name, other.scope]) === key))
        problems.add(here, 'is configured twice for one scope');
      if (raw.enabled) entries.push({ id: raw.id ?? idFor('plugins', key), name: raw.name, config: raw.config ?? {}, scope, at: here });
    }
  };
  const routeId = (name: string | null | undefined, id: string | null | undefined, at: string): string =>
    id ?? known.routes.find((route) => name && route.name === name)?.id ?? idFor('routes', name ?? at);
  add(file.plugins, {}, 'plugins');
  for (const [index, service] of (file.services ?? []).entries()) {
    const at = `services[${index}]`;
    const serviceId = known.services[index]!.id;
    add(service.plugins, { service: serviceId }, `${at}.plugins`);
    for (const [i, route] of (service.routes ?? []).entries()) {
      add(route.plugins, { route: routeId(route.name, route.id, `${at}.routes[${i}]`) }, `${at}.routes[${i}].plugins`);
    }
  }
  for (const [index, route] of (file.routes ?? []).entries()) {
    add(route.plugins, { route: routeId(route.name, route.id, `routes[${index}]`) }, `routes[${index}].plugins`);
  }
  for (const [index, consumer] of (file.consumers ?? []).entries()) {
    add(consumer.plugins, { consumer: known.consumers[index]!.id }, `consumers[${index}].plugins`);
  }
  return entries;
}
