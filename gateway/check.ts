import { parse } from 'yaml';
import { SECRET_MIN_BYTES } from '../functions/_kernel/limits.ts';

/** Routes that anyone may use: nothing else may be without an acl. */
export const OPEN_ROUTES: readonly string[] = ['health', 'docs'];

type Plugin = { name: string; config?: Record<string, unknown> };
type Route = { name?: string; plugins?: Plugin[] | null };
type Service = {
  name?: string;
  routes?: Route[];
  plugins?: Plugin[] | null;
  connect_timeout?: number;
  read_timeout?: number;
  write_timeout?: number;
};
type Consumer = {
  username?: string;
  id?: string;
  keyauth_credentials?: { id?: string; key: string }[];
  jwt_secrets?: { id?: string; key: string; algorithm?: string; secret?: string; rsa_public_key?: string }[];
  acls?: { id?: string; group: string }[];
};
type File = { services?: Service[]; plugins?: Plugin[] | null; consumers?: Consumer[] };

const DEFAULTS = /^(?:change-?me|default|secret|password|test|example|dev|development|xxx+|(.)\1*)[-_\d]*$/i;

/** Why a text is no secret, or null: too short for 256 bits, one that everyone tries first, or a single repeated piece. */
export function weakness(secret: string): string | null {
  if (Buffer.byteLength(secret) < SECRET_MIN_BYTES) return `is shorter than ${SECRET_MIN_BYTES} bytes`;
  if (DEFAULTS.test(secret) || /change-?me|password/i.test(secret)) return 'is a default';
  return new Set(secret).size < 8 ? 'has fewer than 8 different characters' : null;
}

/** Texts that Kong would take literally: it resolves vault references in few fields, and environment variables in none. */
function literals(text: string): string[] {
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trimStart().startsWith('#')) continue;
    for (const found of line.matchAll(/\{vault:\/\/[^}]*\}|\$\{\{.*?\}\}|\$\{\w+\}/g)) {
      problems.push(`line ${index + 1}: Kong would take ${found[0]} literally`);
    }
  }
  return problems;
}

function secretProblems(file: File): string[] {
  const problems: string[] = [];
  const test = (what: string, secret: string | undefined): void => {
    const why = weakness(secret ?? '');
    if (why !== null) problems.push(`${what} ${why}`);
  };
  for (const { username = '?', id, keyauth_credentials: keys = [], jwt_secrets: jwts = [], acls = [] } of file.consumers ?? []) {
    for (const key of keys) test(`the key of ${username}`, key.key);
    for (const jwt of jwts) if ((jwt.algorithm ?? 'HS256').startsWith('HS')) test(`the secret of ${jwt.key}`, jwt.secret);
    for (const jwt of jwts) {
      if (!(jwt.algorithm ?? 'HS256').startsWith('HS') && !jwt.rsa_public_key?.includes('BEGIN PUBLIC KEY'))
        problems.push(`${jwt.key} has no public key in PEM`);
    }
    if ([id, ...[...keys, ...jwts, ...acls].map((each) => each.id)].includes(undefined)) {
      problems.push(`consumer ${username}: it and each of its credentials and groups needs an explicit id`);
    }
  }
  const transforms = [file, ...(file.services ?? []).flatMap((service) => [service, ...(service.routes ?? [])])].flatMap(
    ({ plugins }) => plugins ?? [],
  );
  for (const { name, config = {} } of transforms) {
    if (name !== 'request-transformer') continue;
    const { headers = [] } = (config.add ?? {}) as { headers?: string[] };
    const removed = ((config.remove ?? {}) as { headers?: string[] }).headers ?? [];
    for (const header of headers) {
      const [key = '', ...rest] = header.split(':');
      if (!removed.some((each) => each.toLowerCase() === key.toLowerCase()))
        problems.push(`${key} is added but not removed first: a caller could send its own`);
      if (key.toLowerCase() === 'x-service-token') test('DECK_SERVICE_TOKEN', rest.join(':'));
    }
  }
  return problems;
}

/** The configuration of a plugin that a route gets: the most specific one wins whole. */
function effective(name: string, route: Route, service: Service, file: File): Plugin | undefined {
  for (const { plugins } of [route, service, file]) {
    const found = plugins?.find((plugin) => plugin.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function injectsToken(plugin: Plugin | undefined): boolean {
  const { headers = [] } = (plugin?.config?.add ?? {}) as { headers?: string[] };
  return headers.some((header) => header.toLowerCase().startsWith('x-service-token:'));
}

function routeProblems(file: File): string[] {
  const problems: string[] = [];
  for (const service of file.services ?? []) {
    const name = service.name ?? '?';
    if (!service.connect_timeout || !service.read_timeout || !service.write_timeout)
      problems.push(`service ${name}: connect_timeout, read_timeout and write_timeout must be set`);
    for (const route of service.routes ?? []) {
      const at = `route ${route.name ?? '?'} of ${name}`;
      const has = (plugin: string): boolean => effective(plugin, route, service, file) !== undefined;
      const closed = has('acl') && (has('key-auth') || has('jwt'));
      if (!closed && !OPEN_ROUTES.includes(route.name ?? ''))
        problems.push(`${at}: has no authentication with an acl, and is not listed as open`);
      if (!has('rate-limiting')) problems.push(`${at}: has no rate limit`);
      if (!injectsToken(effective('request-transformer', route, service, file))) problems.push(`${at}: does not inject X-Service-Token`);
    }
  }
  return problems;
}

/** Everything that makes a rendered declarative file unsafe to load, as sentences; empty when it is sound. */
export function check(text: string): string[] {
  const literal = literals(text);
  if (literal.length > 0) return literal;
  const file = (parse(text) ?? {}) as File;
  return [...secretProblems(file), ...routeProblems(file)];
}
