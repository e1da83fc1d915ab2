import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import type { App } from '../../functions/_kernel/http/app.ts';
import { HITS_MAX, INGEST_BODY_MAX_BYTES, INGEST_DOCUMENTS_MAX } from '../../functions/_kernel/limits.ts';
import type { Degraded, Hit, SearchMode } from '../../functions/_kernel/http/fields.ts';
import type { JobResponse } from '../../functions/ingest/contract.ts';
import type { QueryResponse } from '../../functions/query/contract.ts';
import type { SearchResponse } from '../../functions/search/contract.ts';
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

/** Requests within the contract's limits, documents in their order. A document without any text cannot be found and is left out. */
export function requests(documents: readonly EvalDocument[]): string[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const document of documents) {
    const body = bodyOf(document);
    if (body.text.trim() === '') continue;
    const json = JSON.stringify(body);
    const size = Buffer.byteLength(json) + 1;
    const open = batches.at(-1);
    if (open === undefined || open.length === INGEST_DOCUMENTS_MAX || bytes + size > BODY_BYTES) {
      batches.push([json]);
      bytes = size;
    } else {
      open.push(json);
      bytes += size;
    }
  }
  return batches.map((batch) => `{"collection":"${COLLECTION}","documents":[${batch.join(',')}]}`);
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
  const headers = {
    'x-service-token': SERVICE_TOKEN,
    'x-consumer-custom-id': tenant,
    'x-consumer-groups': 'reader,writer,admin',
    'content-type': 'application/json',
  };
  /** Calls a function and waits for its answer and for the work it left behind: on Node a job is done then. */
  async function call<T>(app: Hono<App>, method: string, path: string, body?: string): Promise<T> {
    const left: Promise<unknown>[] = [];
    const context = { waitUntil: (work: Promise<unknown>) => void left.push(work), passThroughOnException: () => {}, props: {} };
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await app.fetch(new Request(`http://functions.local/api/v1/rag${path}`, init), env, context);
    const text = await response.text();
    for (let done = 0; done < left.length; done++) await left[done];
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }
  async function finish(accepted: JobResponse): Promise<void> {
    const { state, failures } = await call<JobResponse>(ingest, 'GET', `/ingest/jobs/${accepted.jobId}`);
    if (state === 'succeeded') return;
    const told = failures.slice(0, 3).map(({ documentId, detail }) => `${documentId}: ${detail}`);
    throw new Error(`a job ended as ${state}: ${told.join(' ') || 'see the services it needs'}`);
  }
  return {
    async ingest(documents, { rebuilt } = { rebuilt: true }) {
      const bodies = requests(documents);
      for (const body of bodies) await finish(await call<JobResponse>(ingest, 'POST', '/ingest', body));
      // The first documents were weighed without knowing the last: rebuilt, all are weighed by the whole collection's statistics.
      if (rebuilt) await finish(await call<JobResponse>(ingest, 'POST', `/collections/${COLLECTION}/reindex`, '{}'));
    },
    async search(question, mode) {
      const body = JSON.stringify({ query: question, collection: COLLECTION, mode, limit: HITS_MAX, maxPerDocument: 1 });
      const { hits, degraded } = await call<SearchResponse>(search, 'POST', '/search', body);
      refuseDegraded(degraded);
      return hits;
    },
    async answer(question) {
      const body = JSON.stringify({ question, collection: COLLECTION, answerMode: 'extractive' });
      const answer = await call<QueryResponse>(query, 'POST', '/query', body);
      refuseDegraded(answer.degraded);
      return answer;
    },
    remove: () => call(collections, 'DELETE', `/collections/${COLLECTION}`),
  };
}
