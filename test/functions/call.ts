import { expect, inject } from 'vitest';
import type { Seen } from './conformance.ts';
import { SERVICE_TOKEN, type Bindings } from './world.ts';

export type Fetches = { fetch(request: Request, env: object, context: ExecutionContextLike): Response | Promise<Response> };
export type ExecutionContextLike = { waitUntil(work: Promise<unknown>): void; passThroughOnException(): void; props: unknown };

/** What was answered: its body is parsed where it is JSON. */
export type Answer = {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer may be any JSON; tests look into it freely
  body: any;
  text: string;
};

export type Caller = { tenant?: string; roles?: string; token?: string | null };
export type Asked = {
  method?: string;
  path: string;
  /** Where the path begins; `/api/v1/rag` by default. */
  base?: string;
  json?: unknown;
  body?: RequestInit['body'];
  headers?: Record<string, string>;
  as?: Caller;
  signal?: AbortSignal;
};

/** The headers that the gateway adds for a caller. */
export function vouched({ tenant = 'ann', roles = 'reader,writer,admin', token = SERVICE_TOKEN }: Caller = {}): Record<string, string> {
  return { ...(token !== null && { 'x-service-token': token }), 'x-consumer-custom-id': tenant, 'x-consumer-groups': roles };
}

/** Work that answers left behind (`waitUntil`), to be awaited at the end of a test. */
export function deferred() {
  const works: Promise<unknown>[] = [];
  const context: ExecutionContextLike = { waitUntil: (work) => void works.push(work), passThroughOnException: () => {}, props: {} };
  const settled = async () => {
    for (let done = 0; done < works.length; done++) await works[done];
  };
  return { context, settled };
}

const methodOf = ({ method, json, body }: Asked): string => method ?? (json === undefined && body === undefined ? 'GET' : 'POST');

/** Not for callers: it has no route in the gateway. */
const UNDESCRIBED = /^\/status\/metrics/;

/** Checks an answer against the OpenAPI document, as far as it was read. */
export async function expectConformity(asked: Asked, response: Response, read: Pick<Seen, 'body' | 'events'>): Promise<void> {
  if (UNDESCRIBED.test(asked.path)) return;
  const seen: Seen = {
    method: methodOf(asked),
    path: asked.path,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    ...read,
  };
  const answer = await fetch(`${inject('worlds')}/conformance`, { method: 'POST', body: JSON.stringify(seen) });
  const problems = (await answer.json()) as string[];
  if (problems.length > 0)
    throw new Error(
      `${seen.method} ${seen.path} answered ${seen.status}, against the document: ${problems.join('; ')}\n${read.body?.slice(0, 500)}`,
    );
}

const BASES = /^(?:\/api\/v1\/rag|\/v1)(?=\/)/;

/**
 * The response, checked against the document once it has been read to its end; who leaves before leaves nothing to check.
 *
 * @param checks takes the check's promise, to be awaited by the test.
 */
export function watched(request: Request, response: Response, checks: (check: Promise<void>) => void): Response {
  const { method, url } = request;
  const asked = { method, path: new URL(url).pathname.replace(BASES, '') };
  if (response.body === null) {
    checks(expectConformity(asked, response, { body: '' }));
    return response;
  }
  const decoder = new TextDecoder();
  let body = '';
  const passing = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      body += decoder.decode(chunk, { stream: true });
      controller.enqueue(chunk);
    },
    flush: () => checks(expectConformity(asked, response, { body: body + decoder.decode() })),
  });
  return new Response(response.body.pipeThrough(passing), response);
}

/** Asks a function as the gateway would, and gives back the response as it is; its status and headers are checked against the document. */
export async function send(app: Fetches, env: Bindings, asked: Asked, context = deferred().context): Promise<Response> {
  const response = await ask(app, env, asked, context);
  await expectConformity(asked, response, { body: null });
  return response;
}

async function ask(app: Fetches, env: Bindings, asked: Asked, context: ExecutionContextLike): Promise<Response> {
  const { path, base = '/api/v1/rag', json, body, headers, as, signal } = asked;
  const method = methodOf(asked);
  const request = new Request(`http://functions.test${base}${path}`, {
    method,
    headers: { ...vouched(as), ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: 'half' }),
    ...(signal !== undefined && { signal }),
  });
  return app.fetch(request, env, context);
}

/** Asks a function as the gateway would and waits for the whole answer and for what it left to do. */
export async function call(app: Fetches, env: Bindings, asked: Asked): Promise<Answer> {
  const { context, settled } = deferred();
  const response = await ask(app, env, asked, context);
  const text = await response.text();
  await settled();
  await expectConformity(asked, response, { body: text });
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : text };
}

/** Checks a status so that a failure prints the body. */
export function expectStatus(answer: Answer, status: number): void {
  expect(answer.status, answer.text).toBe(status);
}

/** Checks that an answer is an RFC 9457 problem of this code, complete and consistent with its status and headers. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status, answer.text).toBe(status);
  const sentence = expect.stringMatching(/^\w.*/);
  expect(answer.body).toMatchObject({ status, code, type: `urn:rag:problem:${code}`, title: sentence, detail: sentence });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
}
