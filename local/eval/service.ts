import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import { createClient, type Job } from '../../functions/_kernel/client/client.ts';
import type { App } from '../../functions/_kernel/http/app.ts';
import { HITS_MAX, INGEST_BODY_MAX_BYTES, INGEST_DOCUMENTS_MAX } from '../../functions/_kernel/limits.ts';
import type { Degraded, Hit, SearchMode } from '../../functions/_kernel/http/fields.ts';
import type { QueryResponse } from '../../functions/query/contract.ts';
import type { EvalDocument } from './beir.ts';
import { SERVICE_TOKEN } from './world.ts';

/** The service under measurement: every call goes through the functions' public HTTP, as behind the gateway. */
export type Service = {
  /**
   * Ingests all documents and waits until they are searchable. @throws Error when one is not.
   * @param options.rebuilt reindexes them then, so that the statistics are those of all and not of the first request. Default: true.
   */
  ingest(documents: readonly EvalDocument[], options?: { rebuilt: boolean }): Promise<void>;
  /** The best hit of each document, best first, at most 100. */
  search(question: string, mode: SearchMode): Promise<Hit[]>;
  /** The answer in verbatim sentences; no model writes. */
  answer(question: string): Promise<QueryResponse>;
  /** Deletes what was ingested. */
  remove(): Promise<void>;
};

/** Fixed, because chunk ids follow from it and order what is equal; a tenant of its own keeps two evaluations apart. */
export const COLLECTION = 'eval';
/** Room for the body's other parts: brackets, commas and the collection's name. */
const BODY_BYTES = INGEST_BODY_MAX_BYTES - 65_536;
const TITLE_CHARS = 1_024;
/** Control characters that the service takes for a binary file; old collections hold a few. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/g;

/** The article a document belongs to: all with its title, or it alone when it has none. */
export const articleOf = ({ id, title }: Pick<EvalDocument, 'id' | 'title'>): string =>
  createHash('sha256')
    .update(title === '' ? `document ${id}` : `title ${title}`)
    .digest('hex')
    .slice(0, 32);

function bodyOf(document: EvalDocument) {
  const { id, title, text } = document;
  return {
    id,
    ...(title.trim() !== '' && { title: title.slice(0, TITLE_CHARS) }),
    // One space for each, so that what is judged by its place keeps it.
    text: (text.trim() === '' ? title : text).replace(BINARY, ' '),
    metadata: { article: articleOf(document) },
  };
}

type EvalBody = ReturnType<typeof bodyOf>;

/** Requests within the contract's limits, documents in their order. A document without any text cannot be found and is left out. */
export function requests(documents: readonly EvalDocument[]): { collection: string; documents: EvalBody[] }[] {
  const batches: EvalBody[][] = [];
  let bytes = 0;
  for (const document of documents) {
    const body = bodyOf(document);
    if (body.text.trim() === '') continue;
    const size = Buffer.byteLength(JSON.stringify(body)) + 1;
    const open = batches.at(-1);
    if (open === undefined || open.length === INGEST_DOCUMENTS_MAX || bytes + size > BODY_BYTES) {
      batches.push([body]);
      bytes = size;
    } else {
      open.push(body);
      bytes += size;
    }
  }
  return batches.map((batch) => ({ collection: COLLECTION, documents: batch }));
}

/** Going on without Redis changes no ranking; everything else does, and its figures would be of another system. */
function refuseDegraded(degraded: readonly Degraded[]): void {
  const lost = degraded.filter((one) => one !== 'redis_unavailable:local_breakers');
  if (lost.length > 0) throw new Error(`the service was degraded (${lost.join(', ')}): see that its dependencies are up, and run again`);
}

/**
 * Calls the functions in this process.
 *
 * @param env their configuration (see `functions/_kernel/env.ts`). @param tenant whose collection is made and deleted.
 */
export function openService(env: Readonly<Record<string, string>>, tenant: string): Service {
  const vouched = { 'x-service-token': SERVICE_TOKEN, 'x-consumer-custom-id': tenant, 'x-consumer-groups': 'reader,writer,admin' };
  const functions: Readonly<Record<string, Hono<App>>> = { search, query, ingest, collections };
  /** Asks a function in this process, as the gateway would, and waits for the work it left behind: on Node a job is done then. */
  const ask: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(vouched)) request.headers.set(name, value);
    const [first = '', , last] = new URL(request.url).pathname.split('/').slice(4);
    const left: Promise<unknown>[] = [];
    const context = { waitUntil: (work: Promise<unknown>) => void left.push(work), passThroughOnException: () => {}, props: {} };
    const response = await (last === 'reindex' ? ingest : functions[first]!).fetch(request, env, context);
    const text = response.status === 204 ? null : await response.text();
    for (let done = 0; done < left.length; done++) await left[done];
    return new Response(text, response);
  };
  const client = createClient({ url: 'http://functions.local', fetch: ask, retries: 0 });
  async function finish({ jobId }: Job): Promise<void> {
    const { state, failures } = await client.jobs.get(jobId);
    if (state === 'succeeded') return;
    const told = failures.slice(0, 3).map(({ documentId, detail }) => `${documentId}: ${detail}`);
    throw new Error(`a job ended as ${state}: ${told.join(' ') || 'see the services it needs'}`);
  }
  return {
    async ingest(documents, { rebuilt } = { rebuilt: true }) {
      for (const body of requests(documents)) await finish(await client.ingest(body));
      // The first documents were weighed without knowing the last: rebuilt, all are weighed by the whole collection's statistics.
      if (rebuilt) await finish(await client.collections.reindex(COLLECTION));
    },
    async search(question, mode) {
      const { hits, degraded } = await client.search({ query: question, collection: COLLECTION, mode, limit: HITS_MAX, maxPerDocument: 1 });
      refuseDegraded(degraded);
      return hits;
    },
    async answer(question) {
      const answer = await client.query({ question, collection: COLLECTION, answerMode: 'extractive' });
      refuseDegraded(answer.degraded);
      return answer;
    },
    remove: () => client.collections.delete(COLLECTION),
  };
}
