import type { PluginEntry, Route } from './config/entities.ts';
import { Problems } from './config/problems.ts';
import type { Exchange } from './exchange.ts';
import type { Handlers, Plugin, Surroundings } from './plugin.ts';
import { acl } from './plugins/acl.ts';
import { correlationId } from './plugins/correlation-id.ts';
import { cors } from './plugins/cors.ts';
import { ipRestriction } from './plugins/ip-restriction.ts';
import { jwt } from './plugins/jwt.ts';
import { keyAuth } from './plugins/key-auth.ts';
import { prometheus } from './plugins/prometheus.ts';
import { rateLimiting } from './plugins/rate-limiting.ts';
import { requestSizeLimiting } from './plugins/request-size-limiting.ts';
import { requestTermination } from './plugins/request-termination.ts';
import { requestTransformer } from './plugins/request-transformer.ts';
import { responseTransformer } from './plugins/response-transformer.ts';

const KNOWN: readonly Plugin[] = [
  correlationId,
  cors,
  jwt,
  keyAuth,
  ipRestriction,
  requestSizeLimiting,
  acl,
  rateLimiting,
  requestTransformer,
  responseTransformer,
  prometheus,
  requestTermination,
];

/** One kind of plugin with all its configurations, from which a request picks at most one. */
export type Configured = {
  name: string;
  /** The configuration for no route, service or consumer. */
  global: Handlers | null;
  /** The one for this request, whose route is known. */
  pick(exchange: Exchange): Handlers | null;
};

const keyOf = (route: string | null, service: string | null, consumer: string | null): string =>
  `${route ?? ''}:${service ?? ''}:${consumer ?? ''}`;

/** The most specific configuration wins whole. Source: kong/runloop/plugins_iterator.lua, `lookup_cfg`. */
function picker(byScope: ReadonlyMap<string, Handlers>): Configured['pick'] {
  const find = (route: string | null, service: string | null, caller: string | null): Handlers | null => {
    const at = (...scope: Parameters<typeof keyOf>): Handlers | undefined => byScope.get(keyOf(...scope));
    const own = caller === null ? undefined : (at(route, service, caller) ?? at(route, null, caller) ?? at(null, service, caller));
    const personal = own ?? at(route, service, null) ?? (caller === null ? undefined : at(null, null, caller));
    return personal ?? at(route, null, null) ?? at(null, service, null) ?? at(null, null, null) ?? null;
  };
  const perConsumer = [...byScope.keys()].some((key) => !key.endsWith(':'));
  const known = new Map<Route, Handlers | null>();
  return ({ match, consumer }) => {
    const { route, service } = match!;
    if (perConsumer && consumer !== null) return find(route.id, service?.id ?? null, consumer.id);
    let found = known.get(route);
    if (found === undefined) {
      found = find(route.id, service?.id ?? null, null);
      known.set(route, found);
    }
    return found;
  };
}

/**
 * Builds every plugin of a file, in Kong's order (higher priority first).
 *
 * Throws one error that names each unknown plugin and each wrong configuration with its place in the file.
 */
export function buildPlugins(entries: readonly PluginEntry[], around: Surroundings): Configured[] {
  const problems = new Problems('the gateway configuration');
  const built = new Map<Plugin, Map<string, Handlers>>();
  for (const entry of entries) {
    const known = KNOWN.find(({ name }) => name === entry.name);
    if (known === undefined) {
      problems.add(entry.at, `the plugin ${entry.name} is not known; known are ${KNOWN.map(({ name }) => name).join(', ')}`);
      continue;
    }
    if (entry.scope.consumerId !== null && !known.perConsumer) problems.add(entry.at, 'cannot be configured for a consumer');
    const config = known.schema.safeParse(entry.config);
    if (!config.success) {
      problems.addZod(`${entry.at}.config`, config.error);
      continue;
    }
    const byScope = built.get(known) ?? new Map<string, Handlers>();
    built.set(known, byScope);
    try {
      byScope.set(
        keyOf(entry.scope.routeId, entry.scope.serviceId, entry.scope.consumerId),
        known.handlers(config.data, entry.scope, around),
      );
    } catch (error) {
      problems.add(`${entry.at}.config`, (error as Error).message);
    }
  }
  problems.raise();
  return [...built]
    .toSorted(([a], [b]) => b.priority - a.priority)
    .map(([{ name }, byScope]) => ({ name, global: byScope.get('::') ?? null, pick: picker(byScope) }));
}
