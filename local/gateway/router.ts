import type { Route } from './config/entities.ts';
import type { Match } from './exchange.ts';
import { upstreamPath } from './http/path.ts';

/** What routes are matched by: the normalised path, and the header fields by lower-case name. */
export type Question = { method: string; path: string; host: string | undefined; port: number; header(name: string): string[] };

type Hit = { text: string; captures: Readonly<Record<string, string>> };
type Candidate = { route: Route; priority: bigint; tie: string; matches(question: Question): Hit | null };

const NO_PATH: Hit = { text: '', captures: {} };

function pathMatcher(paths: readonly string[]): (path: string) => Hit | null {
  if (paths.length === 0) return () => NO_PATH;
  if (!paths[0]!.startsWith('~')) {
    return (path) => {
      for (const prefix of paths) if (path.startsWith(prefix)) return { text: prefix, captures: {} };
      return null;
    };
  }
  const patterns = paths.map((path) => new RegExp(`^${path.slice(1).replaceAll('?P<', '?<')}`));
  return (path) => {
    for (const pattern of patterns) {
      const found = pattern.exec(path);
      if (found !== null) return { text: found[0], captures: { ...Object.fromEntries(found.slice(1).entries()), ...found.groups } };
    }
    return null;
  };
}

function hostMatcher(host: string): (question: Question, name: string, port: number | null) => boolean {
  const at = host.indexOf(':');
  const wantedPort = at < 0 || !/^\d+$/.test(host.slice(at + 1)) ? null : Number(host.slice(at + 1));
  const name = wantedPort === null ? host : host.slice(0, at);
  const fits = name.startsWith('*')
    ? (given: string) => given.endsWith(name.slice(1))
    : name.endsWith('*')
      ? (given: string) => given.startsWith(name.slice(0, -1))
      : (given: string) => given === name;
  return (question, given, port) => fits(given) && (wantedPort === null || wantedPort === (port ?? question.port));
}

function headerMatcher(name: string, values: readonly string[]): (question: Question) => boolean {
  const tests = values.map((value): ((given: string) => boolean) => {
    if (!value.startsWith('~*')) return (given) => given === value.toLowerCase();
    const pattern = new RegExp(value.slice(2).toLowerCase());
    return (given) => pattern.test(given);
  });
  return (question) => question.header(name).some((given) => tests.some((test) => test(given.toLowerCase())));
}

function splitHost(host: string): [name: string, port: number | null] {
  const at = host.indexOf(':');
  if (at < 0 || !/^\d+$/.test(host.slice(at + 1))) return [host, null];
  return [host.slice(0, at), Number(host.slice(at + 1))];
}

function matcher(route: Route, paths: readonly string[]): Candidate['matches'] {
  const matchPath = pathMatcher(paths);
  const hosts = route.hosts.map(hostMatcher);
  const headers = route.headers.map(([name, values]) => headerMatcher(name, values));
  return (question) => {
    if (route.methods.length > 0 && !route.methods.includes(question.method)) return null;
    if (hosts.length > 0) {
      const [name, port] = splitHost(question.host ?? '');
      if (!hosts.some((fits) => fits(question, name, port))) return null;
    }
    const hit = matchPath(question.path);
    return hit !== null && headers.every((fits) => fits(question)) ? hit : null;
  };
}

/** Kong's order of routes as one number: how many kinds of criteria, plain hosts, headers, regular expression, length. */
function priorityOf(route: Route, paths: readonly string[]): bigint {
  const kinds = [route.methods, route.hosts, route.headers, paths].filter((list) => list.length > 0).length;
  const plainHosts = route.hosts.length > 0 && route.hosts.every((host) => !host.includes('*'));
  const regex = paths[0]?.startsWith('~') ?? false;
  return (
    (BigInt(kinds) << 61n) |
    (plainHosts ? 1n << 60n : 0n) |
    (BigInt(Math.min(route.headers.length, 255)) << 52n) |
    (regex ? (1n << 51n) | (BigInt(route.regexPriority) << 19n) : BigInt(paths[0]?.length ?? 0) & 0x7ffffn)
  );
}

/** A route with prefixes of several lengths counts as one route a length, and one for its regular expressions. */
function pathGroups(paths: readonly string[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const key = path.startsWith('~') ? 0 : path.length;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return groups.size === 0 ? [[]] : [...groups.values()];
}

/**
 * Builds the function that finds a request's route, or null.
 *
 * Regular expressions win over prefixes, longer prefixes over shorter ones; among equals the greater id wins.
 * Source: kong/router/transform.lua, `get_priority` (`router_flavor: traditional_compatible`).
 */
export function router(routes: readonly Route[]): (question: Question) => Match | null {
  const candidates: Candidate[] = routes
    .flatMap((route) =>
      pathGroups(route.paths).map((paths) => ({
        route,
        priority: priorityOf(route, paths),
        tie: route.id,
        matches: matcher(route, paths),
      })),
    )
    .toSorted((a, b) => (a.priority === b.priority ? (a.tie < b.tie ? 1 : -1) : a.priority < b.priority ? 1 : -1));
  return (question) => {
    for (const { route, matches } of candidates) {
      const hit = matches(question);
      if (hit === null) continue;
      const prefix = route.stripPath && route.paths.length > 0 ? hit.text : null;
      const cut = route.stripPath ? (prefix ?? '/') : null;
      const path = upstreamPath(route.service?.path ?? '/', question.path, cut);
      return { route, service: route.service, path, prefix, captures: hit.captures };
    }
    return null;
  };
}
