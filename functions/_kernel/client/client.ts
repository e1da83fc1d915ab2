import { CLIENT_RETRIES } from '../limits.ts';
import { parsed, RagError, refusal } from './error.ts';
import { events } from './events.ts';
import { exchange, readJson, sleep, unexpected, type Call, type Link, type World } from './exchange.ts';
import { follow } from './follow.ts';
import { ingestCall } from './ingest.ts';
import type * as t from './types.ts';

export { batches } from './batches.ts';
export { RagError, type RagErrorCode } from './error.ts';
export { hasEnded } from './follow.ts';
export type * from './types.ts';

/**
 * Where the service is and who asks: a key, a token (JWT), or neither for what is open. An empty `url` is the page's own origin.
 * `retries`: further attempts at what is safe to repeat, default 2; 0 inside the service, whose own caller tries again.
 */
export type ClientOptions = { url: string; apiKey?: string; token?: string; fetch?: typeof fetch; retries?: number };
/** `signal` ends the call: it rejects with the signal's reason, and the work behind it is given up. */
export type CallOptions = { signal?: AbortSignal };
/** `onProgress` is told of a job first as it is, then at every change. */
export type FollowOptions = CallOptions & { onProgress?: (job: t.Job) => void };
/**
 * `waitMs` holds the answer until the job ends, at most 30,000. With `onProgress` the job is followed to its end, as by `jobs.follow`. `idempotencyKey` is made when it is left out; give your own to be able to repeat the call.
 */
export type IngestOptions = FollowOptions & { waitMs?: number; idempotencyKey?: string };

export type Client = ReturnType<typeof createClient>;

/** The header of a credential. A wrong one is told without its value, which `Headers` would repeat in its error. */
function credentialOf({ apiKey, token }: ClientOptions): Record<string, string> {
  if (apiKey !== undefined && token !== undefined) throw new TypeError('Give apiKey or token, not both.');
  const secret = apiKey ?? token;
  if (secret === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(secret)) throw new TypeError('The key or token is empty or holds characters that no header can carry.');
  return apiKey === undefined ? { authorization: `Bearer ${secret}` } : { apikey: secret };
}

function baseOf(url: string): string {
  if (url !== '' && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new TypeError('url must be an address such as https://rag.example, or empty for the origin of the page.');
  if (url !== '' && (new URL(url).username !== '' || new URL(url).search !== ''))
    throw new TypeError('url holds a user name or parameters; give the key as apiKey.');
  return url.replace(/\/+$/, '');
}

/** A name as a part of a path. @throws RagError for one that a path cannot have: whoever resolves it would ask for what is above. */
function name(given: string): string {
  if (given !== '' && given !== '.' && given !== '..') return encodeURIComponent(given);
  const errors = [{ path: 'id', message: 'must not be empty, . or .., which the path of a URL cannot name' }];
  throw new RagError(`There is nothing by the name “${given}”.`, { code: 'invalid_request', errors });
}

/** Requests that the gateway admits by role, and that the functions turn down without asking a dependency: no question, no such method. */
const ADMITS = { reader: '/search', writer: '/ingest', admin: '/status/breakers/qdrant_search' } as const;

/**
 * A client of the service over HTTP, for browsers, Workers and Node; it keeps nothing between calls.
 *
 * Each method resolves with the body of its operation's answer. What is safe to repeat is asked again when it fails for a reason that
 * passes (see `exchange`): whatever reads, and ingestion, which carries an `Idempotency-Key`; streams and other changes never are.
 * @param world time and chance; for tests.
 * @throws RagError from every method; TypeError here for an address or key that cannot be used.
 */
export function createClient(options: ClientOptions, world: World = { sleep, random: Math.random, now: Date.now }) {
  const link: Link = {
    base: baseOf(options.url),
    credential: credentialOf(options),
    fetch: options.fetch ?? ((input, init) => fetch(input, init)), // unbound, `fetch` is an illegal invocation in browsers
    world,
    retries: options.retries ?? CLIENT_RETRIES,
  };
  const json = async <T>(call: Call): Promise<T> => exchange(link, call, (response) => readJson<T>(response));
  const get = async <T>(path: string, { signal }: CallOptions, parameters?: Call['parameters']): Promise<T> =>
    json<T>({ method: 'GET', path, repeatable: true, signal, ...(parameters !== undefined && { parameters }) });
  const post = (path: string, body: unknown, { signal }: CallOptions, repeatable: boolean): Call => ({
    method: 'POST',
    path,
    ...(body !== undefined && { json: body }),
    repeatable,
    signal,
  });
  const drop = (path: string, { signal }: CallOptions): Call => ({ method: 'DELETE', path, repeatable: false, signal });

  const jobs = {
    list: async (call: CallOptions = {}) => get<t.JobList>('/ingest/jobs', call),
    get: async (jobId: string, call: CallOptions = {}) => get<t.Job>(`/ingest/jobs/${name(jobId)}`, call),
    /** Cancels what is left of a job; documents that are done stay. */
    cancel: async (jobId: string, call: CallOptions = {}) => json<t.Job>(drop(`/ingest/jobs/${name(jobId)}`, call)),
    /** Every change of a job as it comes, the last one when it has ended; `follow` also outlasts a stream that is cut. */
    async *events(jobId: string, { signal }: CallOptions = {}): AsyncGenerator<t.JobEvent, void, undefined> {
      const call: Call = { method: 'GET', path: `/ingest/jobs/${name(jobId)}/events`, repeatable: true, signal };
      yield* events<t.JobEvent>(link, call, ['progress', 'done']);
    },
    /** Follows a job to its end, whatever becomes of the connection meanwhile. */
    async follow(job: t.Job, { onProgress, ...call }: FollowOptions = {}): Promise<t.Job> {
      const ways = { stream: () => jobs.events(job.jobId, call), ask: () => jobs.get(job.jobId, call), sleep: world.sleep };
      return follow(job, ways, { signal: call.signal, onProgress });
    },
  };

  return {
    search: async (input: t.SearchInput, call: CallOptions = {}) => json<t.SearchResponse>(post('/search', input, call, true)),
    query: async (input: t.QueryInput, call: CallOptions = {}) => json<t.QueryResponse>(post('/query', input, call, true)),
    /** Streams an answer, from the first `for await`. Leaving the loop, or the signal, stops the model. */
    stream: (input: t.QueryInput, call: CallOptions = {}): AsyncGenerator<t.QueryEvent, void, undefined> =>
      events<t.QueryEvent>(link, post('/query', { ...input, stream: true }, call, false), ['meta', 'token', 'citation', 'done']),
    /** Sends texts or files. The job goes on when the caller is gone; `jobs` has it. */
    async ingest(input: t.IngestInput, { waitMs, idempotencyKey, onProgress, signal }: IngestOptions = {}): Promise<t.Job> {
      const job = await json<t.Job>(ingestCall(input, { waitMs, idempotencyKey, signal }));
      return onProgress === undefined ? job : jobs.follow(job, { onProgress, ...(signal !== undefined && { signal }) });
    },
    jobs,
    collections: {
      list: async (call: CallOptions = {}) => get<t.CollectionList>('/collections', call),
      create: async (input: t.CollectionInput, call: CallOptions = {}) => json<t.Collection>(post('/collections', input, call, false)),
      get: async (collection: string, call: CallOptions = {}) => get<t.Collection>(`/collections/${name(collection)}`, call),
      delete: async (collection: string, call: CallOptions = {}): Promise<void> =>
        exchange(link, drop(`/collections/${name(collection)}`, call), async () => {}),
      /** A page of documents, by id; the next one is at `nextCursor`, null on the last. */
      documents: async (collection: string, page: { limit?: number; cursor?: string } = {}, call: CallOptions = {}) =>
        get<t.DocumentList>(`/collections/${name(collection)}/documents`, call, page),
      document: async (collection: string, id: string, call: CallOptions = {}) =>
        get<t.DocumentWithText>(`/collections/${name(collection)}/documents/${name(id)}`, call),
      deleteDocument: async (collection: string, id: string, call: CallOptions = {}) =>
        json<t.DocumentDeleted>(drop(`/collections/${name(collection)}/documents/${name(id)}`, call)),
      /** Rebuilds the index from the stored texts, or goes back to the one before. */
      reindex: async (collection: string, input: { rollback?: boolean } = {}, call: CallOptions = {}) =>
        json<t.Job>(post(`/collections/${name(collection)}/reindex`, input, call, false)),
    },
    status: async (call: CallOptions = {}) => get<t.StatusResponse>('/status', call),
    /** How the service is, open to everybody; that it is `unhealthy` is an answer, not an error. */
    async health({ signal }: CallOptions = {}): Promise<t.HealthResponse> {
      const read = async (response: Response): Promise<t.HealthResponse> => {
        const text = await response.text();
        const body = parsed(text) as Partial<t.HealthResponse> | null;
        if (body?.circuitBreakers === undefined) throw response.ok ? unexpected(response) : refusal(response, text, world.now());
        return body as t.HealthResponse;
      };
      return exchange(link, { method: 'GET', path: '/status/health', repeatable: true, signal }, read, (is) => is === 200 || is === 503);
    },
    /** Whether the key or token has a role, as the gateway judges; not whether a single document may be had. */
    async hasRole(role: keyof typeof ADMITS, { signal }: CallOptions = {}): Promise<boolean> {
      const read = async (response: Response): Promise<boolean> => {
        await response.body?.cancel();
        return response.status !== 403;
      };
      const call: Call = { method: 'GET', path: ADMITS[role], repeatable: true, signal };
      return exchange(link, call, read, (is) => is === 400 || is === 403 || is === 405);
    },
    /** Isolates a dependency by its breaker, or closes it again. Needs the role `admin`. */
    steer: async (dependency: t.DependencyName, state: t.SteeredState, call: CallOptions = {}) =>
      json<t.Breaker>(post(`/status/breakers/${name(dependency)}`, { state }, call, false)),
  };
}
