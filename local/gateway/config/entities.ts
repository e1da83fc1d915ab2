/** A consumer, with the groups and plugins that hang on it. */
export type Consumer = { id: string; username: string | null; customId: string | null; groups: string[] };

/** What a caller showed: an API key or a JWT's issuer. `identifier` goes into `X-Credential-Identifier`. */
export type Credential = { id: string; consumer: Consumer; identifier: string };

export type KeyCredential = Credential & { key: string };

export const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export type JwtCredential = Credential & { key: string; algorithm: JwtAlgorithm; secret: string; publicKey: string | null };

/** Where requests go. Times in milliseconds. */
export type Service = {
  id: string;
  name: string | null;
  protocol: 'http' | 'https';
  host: string;
  port: number;
  path: string;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  writeTimeoutMs: number;
  retries: number;
  verifyTls: boolean;
};

/** Which requests go there. `headers` hold lower-case names and values. */
export type Route = {
  id: string;
  name: string | null;
  service: Service | null;
  paths: string[];
  methods: string[];
  hosts: string[];
  headers: [name: string, values: string[]][];
  protocols: string[];
  httpsRedirectStatus: 426 | 301 | 302 | 307 | 308;
  regexPriority: number;
  stripPath: boolean;
  preserveHost: boolean;
  requestBuffering: boolean;
  responseBuffering: boolean;
  createdOrder: number;
};

/** What a plugin's configuration is for: any of the three, or nothing for a global one. */
export type Scope = { routeId: string | null; serviceId: string | null; consumerId: string | null };

export type PluginEntry = { id: string; name: string; config: unknown; scope: Scope; at: string };

/** One address behind a named upstream. */
export type Target = { host: string; port: number; weight: number };

/** When a target counts as well or ill; a count of 0 never counts. Intervals in seconds. */
export type Healthchecks = {
  threshold: number;
  active: {
    type: 'http' | 'https' | 'tcp';
    path: string;
    timeoutSeconds: number;
    headers: [string, string][];
    healthy: { interval: number; successes: number; statuses: number[] };
    unhealthy: { interval: number; httpFailures: number; tcpFailures: number; timeouts: number; statuses: number[] };
  };
  passive: {
    healthy: { successes: number; statuses: number[] };
    unhealthy: { httpFailures: number; tcpFailures: number; timeouts: number; statuses: number[] };
  };
};

/** A named group of targets; a service whose host is its name goes through it. */
export type Upstream = {
  id: string;
  name: string;
  hostHeader: string | null;
  algorithm: 'round-robin' | 'least-connections';
  targets: Target[];
  healthchecks: Healthchecks;
};

/** A declarative file, checked and with every reference resolved. */
export type Config = {
  services: Service[];
  routes: Route[];
  upstreams: Upstream[];
  consumers: Consumer[];
  keys: ReadonlyMap<string, KeyCredential>;
  jwts: ReadonlyMap<string, JwtCredential>;
  plugins: PluginEntry[];
};
