import * as z from 'zod/mini';
import { BREAKER_OPEN_MS, CACHE_TTL_SECONDS, REDIS_MS, SECRET_MIN_BYTES } from './limits.ts';
// oxlint-disable-next-line no-unassigned-import -- configures zod's messages
import './schema.ts';

const url = (protocols: string[]) =>
  z.string().check(
    z.refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    }),
  );

const secret = z.string().check(
  z.refine((value) => new TextEncoder().encode(value).length >= SECRET_MIN_BYTES, {
    error: `must be at least ${SECRET_MIN_BYTES} bytes; make one with: openssl rand -hex 32`,
  }),
);

/** An absent or empty variable is null, so that the compiler makes every user of it decide. */
const orNull = (schema: z.ZodMiniType<string, string>) =>
  z.pipe(
    z.transform((value: unknown) => (value === undefined || value === '' ? null : (value as string))),
    z.nullable(schema),
  );

const numCtxError = { error: 'must be a whole number of tokens, 1024 or more' };
const secondsError = { error: 'must be a whole number of seconds from 0 (no caches) to 999999' };
const millisecondsError = { error: 'must be a whole number of milliseconds from 1 to 999999' };
const milliseconds = (otherwise: number) =>
  z._default(
    z.pipe(
      z.pipe(z.string().check(z.regex(/^\d{1,6}$/, millisecondsError)), z.transform(Number)),
      z.number().check(z.gte(1, millisecondsError)),
    ),
    otherwise,
  );
const nodesError = { error: 'must be a whole number from 1 to 99' };
/** A number of nodes or shards; null leaves it to Qdrant. */
const nodesOrNull = z.pipe(
  z.transform((value: unknown) => (value === undefined || value === '' ? null : (value as string))),
  z.nullable(z.pipe(z.string().check(z.regex(/^[1-9]\d?$/, nodesError)), z.transform(Number))),
);

/** Another function as a service binding, or in the same process on Node. */
const aFunction = z.optional(z.custom<{ fetch: typeof fetch }>((value) => typeof value === 'object' && value !== null));

const schema = z.object({
  SERVICE_TOKEN: secret,
  SERVICE_TOKEN_PREVIOUS: orNull(secret),
  /** What Prometheus shows at /status/metrics, and good for nothing else; without it nobody is let in there. */
  METRICS_TOKEN: orNull(secret),
  QDRANT_URL: url(['http:', 'https:']),
  QDRANT_API_KEY: orNull(z.string()),
  /** In a cluster: the copies of a new collection, how many of them acknowledge a write, and into how many parts it is cut. */
  QDRANT_REPLICATION_FACTOR: nodesOrNull,
  QDRANT_WRITE_CONSISTENCY_FACTOR: nodesOrNull,
  QDRANT_SHARD_NUMBER: nodesOrNull,
  OLLAMA_URL: url(['http:', 'https:']),
  OLLAMA_EMBEDDING_MODEL: z.string().check(z.minLength(1, { error: 'must name an embedding model, such as nomic-embed-text' })),
  OLLAMA_GENERATION_MODEL: z.string().check(z.minLength(1, { error: 'must name a chat model, such as llama3.2' })),
  OLLAMA_NUM_CTX: z._default(
    z.pipe(z.pipe(z.string().check(z.regex(/^\d{4,7}$/, numCtxError)), z.transform(Number)), z.number().check(z.gte(1024, numCtxError))),
    4096,
  ),
  REDIS_URL: url(['redis:', 'rediss:']),
  /** How long one exchange with Redis may take before this instance goes on without it, in milliseconds. */
  REDIS_TIMEOUT_MS: milliseconds(REDIS_MS),
  /** How long an open breaker rejects before one call may probe, in milliseconds. */
  BREAKER_OPEN_MS: milliseconds(BREAKER_OPEN_MS),
  /** How long questions' vectors and answers are kept in Redis, in seconds; 0 keeps none. */
  CACHE_TTL_SECONDS: z._default(z.pipe(z.string().check(z.regex(/^\d{1,6}$/, secondsError)), z.transform(Number)), CACHE_TTL_SECONDS),
  /** Where spans go, by OTLP over HTTP (OpenTelemetry's own names): the collector's base URL, and headers as `key=value,key=value`. */
  OTEL_EXPORTER_OTLP_ENDPOINT: orNull(url(['http:', 'https:'])),
  OTEL_EXPORTER_OTLP_HEADERS: orNull(
    z.string().check(z.regex(/^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/, { error: 'must be key=value pairs, separated by commas' })),
  ),
  /** Service binding of the ingest Worker to itself; absent on Node, where the job goes on in the same process. */
  SELF: aFunction,
  /** The functions that mcp and chat ask; absent in every other function. */
  SEARCH_FUNCTION: aFunction,
  QUERY_FUNCTION: aFunction,
  INGEST_FUNCTION: aFunction,
  COLLECTIONS_FUNCTION: aFunction,
});

/** The names of service bindings. */
type Binding = 'SELF' | `${'SEARCH' | 'QUERY' | 'INGEST' | 'COLLECTIONS'}_FUNCTION`;

/** The running configuration: every value checked, every absent option `null`. */
export type Env = Omit<z.infer<typeof schema>, Binding> & Record<Binding, { fetch: typeof fetch } | null>;

/** The configuration is unusable; the message names every bad key at once and never a value. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
}

const parsed = new WeakMap<object, Env>();

/**
 * Checks the bindings of a Worker or the variables of a process.
 *
 * Result is kept per object, so a warm isolate pays once. Unknown keys are ignored (a process has many).
 * @throws EnvError naming every missing or malformed key and what it must be.
 */
export function readEnv(source: unknown): Env {
  if (typeof source !== 'object' || source === null) throw new EnvError('there is no configuration: no bindings and no variables');
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const result = schema.safeParse(source);
  if (!result.success) {
    const keys = result.error.issues.map((issue) => {
      const key = String(issue.path[0]);
      const missing = (source as Record<string, unknown>)[key] === undefined;
      return `${key} ${missing ? 'is missing' : issue.message}`;
    });
    throw new EnvError(`the configuration is not usable: ${[...new Set(keys)].join('; ')}`);
  }
  const { SELF = null, SEARCH_FUNCTION = null, QUERY_FUNCTION = null, INGEST_FUNCTION = null, COLLECTIONS_FUNCTION = null } = result.data;
  const env = { ...result.data, SELF, SEARCH_FUNCTION, QUERY_FUNCTION, INGEST_FUNCTION, COLLECTIONS_FUNCTION };
  parsed.set(source, env);
  return env;
}
