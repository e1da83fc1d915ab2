import type { Route, Service } from './entities.ts';
import { idFor } from './ids.ts';
import type { Problems } from './problems.ts';
import { referenceText, refersTo } from './references.ts';
import type { RawFile, RawRoute, RawService } from './schema.ts';

type Address = Pick<Service, 'protocol' | 'host' | 'port' | 'path'>;

function addressOf(raw: RawService, at: string, problems: Problems): Address {
  if (raw.url === null || raw.url === undefined) {
    if (!raw.host) problems.add(at, 'needs a url or a host');
    const protocol = raw.protocol ?? 'http';
    return { protocol, host: raw.host ?? '', port: raw.port ?? 80, path: raw.path ?? '/' };
  }
  const parsed = /^(https?):\/\/(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?(\/[^?#]*)?$/.exec(raw.url);
  if (parsed === null) {
    problems.add(`${at}.url`, `${raw.url} is not an http:// or https:// URL of a host, a port and a path`);
    return { protocol: 'http', host: '', port: 80, path: '/' };
  }
  const protocol = parsed[1] as 'http' | 'https';
  const port = parsed[3] === undefined ? (protocol === 'https' ? 443 : 80) : Number(parsed[3]);
  return { protocol, host: parsed[2]!.replace(/^\[|\]$/g, ''), port, path: parsed[4] ?? '/' };
}

function readService(raw: RawService, at: string, problems: Problems): Service {
  return {
    id: raw.id ?? idFor('services', raw.name ?? at),
    name: raw.name ?? null,
    ...addressOf(raw, at, problems),
    connectTimeoutMs: raw.connect_timeout,
    readTimeoutMs: raw.read_timeout,
    writeTimeoutMs: raw.write_timeout,
    retries: raw.retries,
    verifyTls: raw.tls_verify ?? false,
  };
}

function checkPaths(paths: readonly string[], at: string, problems: Problems): void {
  for (const [index, path] of paths.entries()) {
    if (!path.startsWith('~')) continue;
    try {
      void new RegExp(`^${path.slice(1).replaceAll('?P<', '?<')}`);
    } catch (error) {
      problems.add(`${at}.paths[${index}]`, (error as Error).message);
    }
  }
}

function readRoute(raw: RawRoute, service: Service | null, at: string, problems: Problems, order: number): Route {
  const paths = raw.paths ?? [];
  checkPaths(paths, at, problems);
  if (paths.length + (raw.methods ?? []).length + (raw.hosts ?? []).length + Object.keys(raw.headers ?? {}).length === 0) {
    problems.add(at, "must set one of 'methods', 'hosts', 'headers', 'paths'");
  }
  return {
    id: raw.id ?? idFor('routes', raw.name ?? at),
    name: raw.name ?? null,
    service,
    paths,
    methods: raw.methods ?? [],
    hosts: raw.hosts ?? [],
    headers: Object.entries(raw.headers ?? {}).map(([name, values]) => [name.toLowerCase(), values]),
    protocols: raw.protocols,
    httpsRedirectStatus: raw.https_redirect_status_code,
    regexPriority: raw.regex_priority,
    stripPath: raw.strip_path,
    preserveHost: raw.preserve_host,
    requestBuffering: raw.request_buffering,
    responseBuffering: raw.response_buffering,
    createdOrder: order,
  };
}

/** The services and routes of a file; those of a disabled service are left out, as in Kong. */
export function readRoutes(file: RawFile, problems: Problems): { services: Service[]; routes: Route[] } {
  const services: Service[] = [];
  const routes: Route[] = [];
  const add = (raw: RawRoute, service: Service | null, at: string): void => {
    const route = readRoute(raw, service, at, problems, routes.length);
    if (raw.name && routes.some((other) => other.name === raw.name)) problems.add(at, `the name ${raw.name} is used twice`);
    routes.push(route);
  };
  const disabled = new Set<Service>();
  for (const [index, raw] of (file.services ?? []).entries()) {
    const at = `services[${index}]`;
    const service = readService(raw, at, problems);
    if (raw.name && services.some((other) => other.name === raw.name)) problems.add(at, `the name ${raw.name} is used twice`);
    services.push(service);
    if (!raw.enabled) disabled.add(service);
    for (const [i, route] of (raw.routes ?? []).entries()) add(route, service, `${at}.routes[${i}]`);
  }
  for (const [index, raw] of (file.routes ?? []).entries()) {
    const at = `routes[${index}]`;
    const service = services.find((each) => refersTo(raw.service, each));
    if (raw.service && service === undefined) problems.add(at, `there is no service ${referenceText(raw.service)}`);
    add(raw, service ?? null, at);
  }
  return { services, routes: routes.filter((route) => route.service === null || !disabled.has(route.service)) };
}
