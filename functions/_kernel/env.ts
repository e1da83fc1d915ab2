import * as z from 'zod';
import { SECRET_MIN_BYTES } from './limits.ts';

const url = (protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });

const secret = z.string().refine((value) => new TextEncoder().encode(value).length >= SECRET_MIN_BYTES, {
  error: `must be at least ${SECRET_MIN_BYTES} bytes; make one with: openssl rand -hex 32`,
});

const orNull = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === undefined || value === '' ? null : value), schema.nullable());

const schema = z.object({
  SERVICE_TOKEN: secret,
  SERVICE_TOKEN_PREVIOUS: orNull(secret),
  QDRANT_URL: url(['http:', 'https:']),
  QDRANT_API_KEY: orNull(z.string()),
  OLLAMA_URL: url(['http:', 'https:']),
  OLLAMA_EMBEDDING_MODEL: z.string().min(1, { error: 'must name an embedding model, such as nomic-embed-text' }),
  OLLAMA_GENERATION_MODEL: z.string().min(1, { error: 'must name a chat model, such as llama3.2' }),
  OLLAMA_NUM_CTX: z.coerce
    .number({ error: 'must be a whole number of tokens, 1024 or more' })
    .int()
    .min(1024, { error: 'must be a whole number of tokens, 1024 or more' })
    .default(4096),
  REDIS_URL: url(['redis:', 'rediss:']),
  /** Service binding of the ingest Worker to itself; absent on Node, where the job goes on in the same process. */
  SELF: z
    .custom<{ fetch: typeof fetch } | undefined>()
    .optional()
    .transform((value) => value ?? null),
});

/** The running configuration: every value checked, every absent option `null`. */
export type Env = z.infer<typeof schema>;

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
  parsed.set(source, result.data);
  return result.data;
}
