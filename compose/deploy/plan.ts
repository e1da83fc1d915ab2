import { readEnv, EnvError } from '../../functions/_kernel/env.ts';

export const STAGES = ['staging', 'production'] as const;
export type Stage = (typeof STAGES)[number];

/** `wrangler.toml` as it stands: what is inherited, and an environment for each function. */
export type WranglerFile = Record<string, unknown> & { env: Record<string, FunctionEnvironment>; alias?: Record<string, string> };
export type FunctionEnvironment = Record<string, unknown> & {
  name: string;
  main: string;
  vars?: Record<string, string>;
  services?: { binding: string; service: string }[];
  assets?: Record<string, unknown> & { directory: string };
};

/** What one function is deployed as: a configuration that names this Worker alone. */
export type Plan = { fn: string; name: string; config: Record<string, unknown>; secrets: readonly string[]; problems: string[] };

/** Never variables: they would stand readable in the account and in the configuration. */
export const SECRETS = ['SERVICE_TOKEN', 'REDIS_URL'] as const;
export const OPTIONAL_SECRETS = ['SERVICE_TOKEN_PREVIOUS', 'METRICS_TOKEN', 'QDRANT_API_KEY', 'OTEL_EXPORTER_OTLP_HEADERS'] as const;
/** Variables that an environment may set beside those of `wrangler.toml`. */
export const TUNING = [
  'OLLAMA_NUM_CTX',
  'BREAKER_OPEN_MS',
  'REDIS_TIMEOUT_MS',
  'CACHE_TTL_SECONDS',
  'QDRANT_REPLICATION_FACTOR',
  'QDRANT_WRITE_CONSISTENCY_FACTOR',
  'QDRANT_SHARD_NUMBER',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];
/** Stand for the secrets while the variables are checked: what the account holds cannot be read. */
const UNKNOWN = { SERVICE_TOKEN: 'x'.repeat(64), REDIS_URL: 'rediss://unknown:6379' };

const isLoopback = (url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return /^(?:localhost|127\.|0\.0\.0\.0|\[::1?\]$|host\.docker\.internal$)/.test(host);
};

/** The configuration is written elsewhere than wrangler.toml, so paths that are relative to that are made absolute. */
const absolute = (root: string, path: string): string => root + path.replace(/^\.\//, '');

/** A function that only serves a page has neither the services' addresses nor their secrets. */
const speaksToServices = (inFile: Record<string, string>): boolean => 'QDRANT_URL' in inFile;

function problemsOf(fn: string, stage: Stage, inFile: Record<string, string>, vars: Record<string, string>): string[] {
  const problems = [...SECRETS, ...OPTIONAL_SECRETS]
    .filter((secret) => secret in inFile)
    .map((secret) => `${secret} stands in [env.${fn}.vars] of wrangler.toml: remove it, and put it with wrangler secret put`);
  for (const [key, value] of Object.entries(vars)) {
    if (/_(?:URL|ENDPOINT)$/.test(key) && isLoopback(value))
      problems.push(`${key} is ${value}, which nothing outside this machine reaches: set it in .env.${stage} or in the environment`);
  }
  if (!speaksToServices(inFile)) return problems;
  try {
    readEnv({ ...vars, ...UNKNOWN });
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    problems.push(error.message);
  }
  return problems;
}

/**
 * Plans the deployment of one function to one stage; nothing of another function is in it.
 *
 * Production has the names of `wrangler.toml`, staging the same with `-staging`, its bindings too. Variables are those of the file, with
 * the values of the stage. @param root absolute, ends with a slash. `problems` is empty when it may be deployed, as far as can be seen
 * from here: of the secrets only that none is a variable.
 */
export function planDeploy(
  file: WranglerFile,
  fn: string,
  stage: Stage,
  values: Readonly<Record<string, string | undefined>>,
  root: string,
): Plan {
  const { env, ...inherited } = file;
  const own = env[fn]!;
  const staged = (name: string): string => (stage === 'production' ? name : `${name}-${stage}`);
  const inFile = own.vars ?? {};
  const keys = [...new Set([...Object.keys(inFile), ...(speaksToServices(inFile) ? TUNING : [])])].filter(
    (key) => !UNKNOWN.hasOwnProperty(key),
  );
  const vars = Object.fromEntries(
    keys.flatMap((key) => {
      const value = values[key] || inFile[key];
      return value ? [[key, value] as const] : [];
    }),
  );
  const ours = new Set(Object.values(env).map(({ name }) => name));
  const config = {
    ...inherited,
    ...own,
    name: staged(own.name),
    main: root + own.main,
    vars,
    ...(own.services !== undefined && {
      services: own.services.map((one) => ({ ...one, service: ours.has(one.service) ? staged(one.service) : one.service })),
    }),
    ...(own.assets !== undefined && { assets: { ...own.assets, directory: absolute(root, own.assets.directory) } }),
    alias: Object.fromEntries(Object.entries(file.alias ?? {}).map(([from, to]) => [from, absolute(root, to)])),
  };
  const secrets = speaksToServices(inFile) ? SECRETS : [];
  return { fn, name: config.name, config, secrets, problems: problemsOf(fn, stage, inFile, vars) };
}
