import { createParser } from 'eventsource-parser';
import type { z } from 'zod/mini';
import type * as collections from '../functions/collections/contract.ts';
import type { Problem } from '../functions/_kernel/http/problem.ts';
import type { JobResponse } from '../functions/ingest/contract.ts';
import type { Citation, QueryResponse } from '../functions/query/contract.ts';
import type { SearchResponse } from '../functions/search/contract.ts';

/** What the service answered instead of what was asked: its problem, or the gateway's own message. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly problem: Problem | null;
  constructor(status: number, code: string, message: string, problem: Problem | null) {
    super(message);
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

/** An event of a streamed answer; the last one is `done`. */
export type AnswerEvent =
  | { event: 'meta'; data: Pick<QueryResponse, 'hits' | 'degraded'> }
  | { event: 'token'; data: { text: string } }
  | { event: 'citation'; data: Citation }
  | { event: 'done'; data: QueryResponse };

export type Client = ReturnType<typeof createClient>;

async function refused(response: Response): Promise<ApiError> {
  const text = await response.text();
  const retry = response.headers.get('retry-after');
  const later = retry === null ? '' : ` Try again in ${retry} s.`;
  try {
    const body = JSON.parse(text) as Problem & { message?: string };
    if (body.code === undefined)
      return new ApiError(response.status, 'gateway', `The gateway answered ${response.status}: ${body.message}.${later}`, null);
    const fields = (body.errors ?? []).map(({ path, message }) => `\n  ${path === '' ? 'the request' : path} ${message}`).join('');
    return new ApiError(response.status, body.code, `${body.detail}${later}${fields} (request ${body.requestId})`, body);
  } catch {
    return new ApiError(response.status, 'gateway', `The gateway answered ${response.status}.${later}`, null);
  }
}

/** Reads server-sent events (WHATWG HTML, section 9.2) as they come. @throws ApiError for an `error` event, or when the stream ends early. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const ready: { event: string; data: unknown }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => ready.push({ event: event ?? 'message', data: JSON.parse(data) }) });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
    for (const one of ready.splice(0)) {
      if (one.event === 'error') {
        const problem = one.data as Problem;
        throw new ApiError(problem.status, problem.code, problem.detail, problem);
      }
      yield one;
      if (one.event === 'done') return;
    }
  }
  throw new ApiError(0, 'cut', 'The answer ended early; ask again.', null);
}

/**
 * A client of the service's HTTP contract, through a gateway.
 *
 * @param options.url the gateway's address; `apiKey` is sent as `apikey`. All methods reject with ApiError, or TypeError when
 * there is no gateway at the address.
 */
export function createClient(options: { url: string; apiKey: string; fetch?: typeof fetch }) {
  const ask = options.fetch ?? fetch;
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('apikey', options.apiKey);
    const response = await ask(`${options.url.replace(/\/$/, '')}/api/v1/rag${path}`, { ...init, headers });
    if (!response.ok) throw await refused(response);
    return response;
  }
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => (await (await call(path, init)).json()) as T;
  const post = (body: unknown, accept = 'application/json'): RequestInit => ({
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept },
  });
  const name = encodeURIComponent;
  return {
    search: (body: Record<string, unknown>) => json<SearchResponse>('/search', post(body)),
    query: (body: Record<string, unknown>) => json<QueryResponse>('/query', post(body)),
    /** Streams an answer; leaving the loop early stops the model. */
    async *stream(body: Record<string, unknown>): AsyncGenerator<AnswerEvent> {
      yield* events(await call('/query', post({ ...body, stream: true }, 'text/event-stream'))) as AsyncGenerator<AnswerEvent>;
    },
    async ingest(collection: string, files: readonly File[]): Promise<JobResponse> {
      const form = new FormData();
      form.set('collection', collection);
      for (const file of files) form.append('file', file, file.name);
      return json<JobResponse>('/ingest', { method: 'POST', body: form });
    },
    /** Follows a job: every change, the last one when it has ended. */
    async *follow(jobId: string): AsyncGenerator<JobResponse> {
      for await (const { data } of events(await call(`/ingest/jobs/${name(jobId)}/events`))) yield data as JobResponse;
    },
    collections: () => json<z.infer<typeof collections.collectionListResponse>>('/collections'),
    document: (collection: string, id: string) =>
      json<z.infer<typeof collections.documentResponse>>(`/collections/${name(collection)}/documents/${name(id)}`),
    deleteDocument: (collection: string, id: string) =>
      json<{ chunksDeleted: number }>(`/collections/${name(collection)}/documents/${name(id)}`, { method: 'DELETE' }),
  };
}
