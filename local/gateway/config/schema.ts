import * as z from 'zod';
import { JWT_ALGORITHMS } from './entities.ts';

// The fields of Kong 3.9's entities that this gateway acts on. Every object is strict, so that an unknown key is an error by name.

const id = z.uuid();
const tags = z.array(z.string()).nullish();
const created = { created_at: z.number().nullish(), updated_at: z.number().nullish() };
/** Another entity, by name or id, or as `{id: …}` or `{name: …}`. */
const reference = z.union([z.string(), z.strictObject({ id: z.string() }), z.strictObject({ name: z.string() })]);
const timeout = z.int().min(1).max(2_147_483_646);
const strings = z.array(z.string());

const plugin = z.strictObject({
  id: id.nullish(),
  name: z.string(),
  instance_name: z.string().nullish(),
  config: z.record(z.string(), z.unknown()).nullish(),
  enabled: z.boolean().default(true),
  protocols: z.array(z.enum(['http', 'https', 'grpc', 'grpcs', 'tcp', 'tls', 'udp', 'ws', 'wss', 'tls_passthrough'])).nullish(),
  service: reference.nullish(),
  route: reference.nullish(),
  consumer: reference.nullish(),
  tags,
  ...created,
});
export type RawPlugin = z.infer<typeof plugin>;

const route = z.strictObject({
  id: id.nullish(),
  name: z.string().nullish(),
  service: reference.nullish(),
  paths: z
    .array(
      z
        .string()
        .regex(/^~?\//, 'must start with / (a prefix) or ~/ (a regular expression)')
        .refine((path) => path.startsWith('~') || !path.includes('//'), 'must not have empty segments'),
    )
    .nullish(),
  methods: z.array(z.string().regex(/^[A-Z]+$/, 'must be in capitals')).nullish(),
  hosts: strings.nullish(),
  headers: z.record(z.string(), strings).nullish(),
  protocols: z.array(z.enum(['http', 'https'])).default(['http', 'https']),
  https_redirect_status_code: z.union([z.literal(426), z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(426),
  regex_priority: z.int().default(0),
  strip_path: z.boolean().default(true),
  path_handling: z.literal('v0').default('v0'),
  preserve_host: z.boolean().default(false),
  request_buffering: z.boolean().default(true),
  response_buffering: z.boolean().default(true),
  plugins: z.array(plugin).nullish(),
  tags,
  ...created,
});
export type RawRoute = z.infer<typeof route>;

const service = z.strictObject({
  id: id.nullish(),
  name: z.string().nullish(),
  url: z.string().nullish(),
  protocol: z.enum(['http', 'https']).nullish(),
  host: z.string().nullish(),
  port: z.int().min(0).max(65_535).nullish(),
  path: z.string().startsWith('/').nullish(),
  retries: z.int().min(0).max(32_767).default(5),
  connect_timeout: timeout.default(60_000),
  write_timeout: timeout.default(60_000),
  read_timeout: timeout.default(60_000),
  tls_verify: z.boolean().nullish(),
  enabled: z.boolean().default(true),
  routes: z.array(route).nullish(),
  plugins: z.array(plugin).nullish(),
  tags,
  ...created,
});
export type RawService = z.infer<typeof service>;

const owned = { id: id.nullish(), consumer: reference.nullish(), tags, ...created };
const keyCredential = z.strictObject({ ...owned, key: z.string().min(1), ttl: z.int().nullish() });
const acl = z.strictObject({ ...owned, group: z.string().min(1) });
const algorithm = z.enum(JWT_ALGORITHMS);
const jwtSecret = z
  .strictObject({
    ...owned,
    key: z.string().min(1),
    secret: z.string().nullish(),
    rsa_public_key: z.string().nullish(),
    algorithm: algorithm.default('HS256'),
  })
  .refine((entry) => entry.algorithm.startsWith('HS') || entry.algorithm.startsWith('ES') || entry.rsa_public_key, {
    message: 'this algorithm needs a public key in PEM',
    path: ['rsa_public_key'],
  });

const consumer = z
  .strictObject({
    id: id.nullish(),
    username: z.string().nullish(),
    custom_id: z.string().nullish(),
    keyauth_credentials: z.array(keyCredential).nullish(),
    jwt_secrets: z.array(jwtSecret).nullish(),
    acls: z.array(acl).nullish(),
    plugins: z.array(plugin).nullish(),
    tags,
    ...created,
  })
  .refine((entry) => entry.username || entry.custom_id, 'needs a username or a custom_id');
export type RawConsumer = z.infer<typeof consumer>;

const statuses = z.array(z.int().min(100).max(999));
const count = z.int().min(0).max(255).default(0);
const seconds = z.number().min(0).max(65_535);
const OK_PASSIVE = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308];

const healthchecks = z.strictObject({
  threshold: z.number().min(0).max(100).default(0),
  active: z
    .strictObject({
      type: z.enum(['http', 'https', 'tcp']).default('http'),
      timeout: seconds.default(1),
      concurrency: z.int().min(1).default(10),
      http_path: z.string().startsWith('/').default('/'),
      headers: z.record(z.string(), strings).nullish(),
      healthy: z.strictObject({ interval: seconds.default(0), successes: count, http_statuses: statuses.default([200, 302]) }).prefault({}),
      unhealthy: z
        .strictObject({
          interval: seconds.default(0),
          http_failures: count,
          tcp_failures: count,
          timeouts: count,
          http_statuses: statuses.default([429, 404, 500, 501, 502, 503, 504, 505]),
        })
        .prefault({}),
    })
    .prefault({}),
  passive: z
    .strictObject({
      type: z.enum(['http', 'https', 'tcp']).default('http'),
      healthy: z.strictObject({ successes: count, http_statuses: statuses.default(OK_PASSIVE) }).prefault({}),
      unhealthy: z
        .strictObject({ http_failures: count, tcp_failures: count, timeouts: count, http_statuses: statuses.default([429, 500, 503]) })
        .prefault({}),
    })
    .prefault({}),
});

const target = z.strictObject({
  id: id.nullish(),
  target: z.string().min(1),
  weight: z.int().min(0).max(65_535).default(100),
  upstream: reference.nullish(),
  tags,
  ...created,
});

const upstream = z.strictObject({
  id: id.nullish(),
  name: z.string(),
  algorithm: z.enum(['round-robin', 'least-connections']).default('round-robin'),
  slots: z.int().min(10).max(65_536).nullish(),
  host_header: z.string().nullish(),
  healthchecks: healthchecks.prefault({}),
  targets: z.array(target).nullish(),
  tags,
  ...created,
});
export type RawUpstream = z.infer<typeof upstream>;

/** A declarative file as Kong 3.9 reads it (`_format_version: "3.0"`), with defaults filled in. */
export const declarativeFile = z.strictObject({
  _format_version: z.enum(['1.1', '2.1', '3.0']),
  _transform: z.boolean().nullish(),
  _comment: z.string().nullish(),
  _ignore: z.array(z.unknown()).nullish(),
  services: z.array(service).nullish(),
  routes: z.array(route).nullish(),
  upstreams: z.array(upstream).nullish(),
  targets: z.array(target).nullish(),
  consumers: z.array(consumer).nullish(),
  keyauth_credentials: z.array(keyCredential).nullish(),
  jwt_secrets: z.array(jwtSecret).nullish(),
  acls: z.array(acl).nullish(),
  plugins: z.array(plugin).nullish(),
});
export type RawFile = z.infer<typeof declarativeFile>;
