import { describe, expect, test } from 'vitest';
import { createClient, RagError, type Job, type QueryEvent } from '../../functions/_kernel/client/client.ts';
import {
  CLIENT_BACKOFF_MS,
  CLIENT_FOLLOW_PAUSE_MS,
  CLIENT_FOLLOWS_AGAIN,
  CLIENT_RETRY_AFTER_MAX_MS,
} from '../../functions/_kernel/limits.ts';
import { bytesOf, puppetFetch, type Play } from './client-fetch.ts';

// What the client does when things go wrong on the way; on both runtimes.

const KEY = 'key-that-nobody-may-see-0123456789';
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, code: string, more: object = {}) => ({
  type: `urn:rag:problem:${code}`,
  title: 'No',
  status,
  code,
  detail: 'It is not so.',
  requestId: 'r-1',
  ...more,
});
const down: Play = () => Promise.reject(new TypeError('fetch failed'));

function clientOf(...plays: Play[]) {
  const puppet = puppetFetch(...plays);
  const waits: number[] = [];
  const world = { sleep: async (ms: number) => void waits.push(ms), random: () => 0.5, now: () => Date.UTC(2026, 0, 1) };
  return { ...puppet, waits, client: createClient({ url: 'http://rag.test/', apiKey: KEY, fetch: puppet.fetch }, world) };
}

async function errorOf(call: Promise<unknown>): Promise<RagError> {
  const error = await call.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RagError);
  return error as RagError;
}

async function all(stream: AsyncIterable<QueryEvent>, into: QueryEvent[] = []): Promise<QueryEvent[]> {
  for await (const event of stream) into.push(event);
  return into;
}

const encoder = new TextEncoder();
const RECORDED = [
  ': heartbeat\n\n',
  'event: meta\ndata: {"hits":[],"degraded":[]}\n\n',
  'event: token\ndata: {"text":"Grüße, 世界 🐦 "}\n\n',
  ': heartbeat\r\n\r\n',
  'event: token\r\ndata: {"text":"[1]"}\r\n\r\n',
  'event: later\ndata: {"text":"an event of a later version"}\n\n',
  'event: citation\ndata: {"marker":1,\ndata: "quote":"Grüße"}\n\n',
  'event: done\ndata: {"answer":"Grüße, 世界 🐦 [1]"}\n\n',
  'event: token\ndata: {"text":"after the end"}\n\n',
].join('');
const streamed =
  (pieces: readonly Uint8Array[], end: 'close' | 'cut' | 'open' = 'close', cancelled = () => {}): Play =>
  () =>
    new Response(bytesOf(pieces, end, cancelled), { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });

/** A stream that goes on until the request is aborted, as a network breaks it then. */
const heldOpen =
  (bytes: Uint8Array): Play =>
  (request) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes);
        request.signal.addEventListener('abort', () => controller.error(new TypeError('terminated')));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

describe('a stream', () => {
  const bytes = encoder.encode(RECORDED);
  const told = ['meta', 'token', 'token', 'citation', 'done'];

  test('says the same however it is cut into pieces: at every byte, and byte by byte; and ends with its done', async () => {
    const splits = Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.slice(0, at), bytes.slice(at)]);
    for (const pieces of [...splits, Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      const events = await all(clientOf(streamed(pieces)).client.stream({ question: 'q' }));
      expect(events.map(({ event }) => event)).toEqual(told);
      expect(events.flatMap(({ event, data }) => (event === 'token' ? [data.text] : [])).join('')).toBe('Grüße, 世界 🐦 [1]');
      expect(events.at(-1)!.data).toEqual({ answer: 'Grüße, 世界 🐦 [1]' });
    }
  });

  test.each(['close', 'cut'] as const)('that ends without its done (%s) throws stream_cut, at every byte where it can', async (end) => {
    const until = RECORDED.indexOf('event: done');
    for (let at = 0; at <= encoder.encode(RECORDED.slice(0, until)).length; at += 7) {
      const { client, requests } = clientOf(streamed([bytes.slice(0, at)], end));
      const seen: QueryEvent[] = [];
      expect(await errorOf(all(client.stream({ question: 'q' }), seen))).toMatchObject({ code: 'stream_cut', status: 0 });
      expect(seen.map(({ event }) => event)).not.toContain('done');
      expect(requests, 'nothing is resumed').toHaveLength(1);
    }
  });

  test('an error event throws its problem, once, and nothing comes after it', async () => {
    const body = problem(503, 'dependency_unavailable', { dependency: 'qdrant_search', retryAfterMs: 1_200 });
    const text = `event: token\ndata: {"text":"a"}\n\nevent: error\ndata: ${JSON.stringify(body)}\n\nevent: done\ndata: {}\n\n`;
    const stream = clientOf(streamed([encoder.encode(text)])).client.stream({ question: 'q' });
    const seen: QueryEvent[] = [];
    const error = await errorOf(all(stream, seen));
    expect(error).toMatchObject({ code: 'dependency_unavailable', dependency: 'qdrant_search', retryAfterMs: 1_200, requestId: 'r-1' });
    expect(seen).toHaveLength(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('whoever breaks off cancels the request and the body', async () => {
    let cancelled = 0;
    const { client, requests } = clientOf(streamed([bytes.slice(0, 120)], 'open', () => cancelled++));
    for await (const { event } of client.stream({ question: 'q' })) if (event === 'token') break;
    expect(cancelled).toBe(1);
    expect(requests[0]!.signal.aborted).toBe(true);
  });

  test('whoever aborts in mid-stream has his own reason back at once', async () => {
    const leaving = new AbortController();
    const stream = clientOf(heldOpen(bytes.slice(0, 120))).client.stream({ question: 'q' }, { signal: leaving.signal });
    await stream.next();
    await stream.next();
    const rest = stream.next();
    leaving.abort(new Error('enough'));
    await expect(rest).rejects.toThrow('enough');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('is never asked for twice, and not at all before somebody reads', async () => {
    const { client, requests } = clientOf(down);
    const stream = client.stream({ question: 'q' });
    expect(requests).toHaveLength(0);
    expect(await errorOf(stream.next())).toMatchObject({ code: 'unreachable' });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['an error that is null', 'event: error\ndata: null\n\n'],
    ['an error that is no JSON', 'event: error\ndata: oops\n\n'],
    ['an error without a code', 'event: error\ndata: {"message":"An unexpected error occurred"}\n\n'],
    ['a token that is no JSON', 'event: token\ndata: {"text":\n\n'],
    ['a token that is a list', 'event: token\ndata: ["a"]\n\n'],
    ['a done that is null', 'event: done\ndata: null\n\n'],
  ])('that says what this service does not say is unexpected_answer: %s', async (_, text) => {
    const { client } = clientOf(streamed([encoder.encode(text)]));
    const seen: QueryEvent[] = [];
    const error = await errorOf(all(client.stream({ question: 'q' }), seen));
    expect(error).toMatchObject({ code: 'unexpected_answer', status: 200, message: expect.stringMatching(/^The answer/) });
    expect(seen).toEqual([]);
  });

  test('an answer that is no stream is unexpected_answer', async () => {
    expect(await errorOf(all(clientOf(() => json({})).client.stream({ question: 'q' })))).toMatchObject({ code: 'unexpected_answer' });
  });
});

describe('again', () => {
  test('after Retry-After, in seconds, as a date or in the problem, and half of the jitter', async () => {
    const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 3)).toUTCString();
    const exact = problem(503, 'dependency_unavailable', { retryAfterMs: 1_250 });
    const { client, waits } = clientOf(
      () => json({ message: 'API rate limit exceeded' }, 429, { 'retry-after': '2' }),
      () => json({ message: 'no' }, 503, { 'retry-after': date }),
      () => json({ hits: [] }),
    );
    await client.search({ query: 'q' });
    expect(waits).toEqual([2_000 + CLIENT_BACKOFF_MS / 2, 3_000 + CLIENT_BACKOFF_MS]);
    const other = clientOf(
      () => json(exact, 503, { 'retry-after': '2' }),
      () => json({ hits: [] }),
    );
    await other.client.query({ question: 'q' });
    expect(other.waits).toEqual([1_250 + CLIENT_BACKOFF_MS / 2]);
  });

  test('two more times and no further; then the last error', async () => {
    const { client, requests } = clientOf(down);
    expect(await errorOf(client.status())).toMatchObject({ code: 'unreachable', status: 0 });
    expect(requests).toHaveLength(3);
  });

  test('not after a Retry-After that is too long to sit through', async () => {
    const seconds = String(CLIENT_RETRY_AFTER_MAX_MS / 1_000 + 1);
    const { client, requests } = clientOf(() => json({ message: 'API rate limit exceeded' }, 429, { 'retry-after': seconds }));
    expect(await errorOf(client.search({ query: 'q' }))).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 11_000 });
    expect(requests).toHaveLength(1);
  });

  test.each([400, 401, 403, 404, 409, 500, 504])('not after %i', async (status) => {
    const { client, requests } = clientOf(() => json(problem(status, 'internal'), status));
    await errorOf(client.search({ query: 'q' }));
    expect(requests).toHaveLength(1);
  });

  test('ingestion is sent with the same key each time; your own key when you give one', async () => {
    const { client, requests } = clientOf(down, down, () => json({ jobId: 'j' }, 202));
    await client.ingest({ documents: [{ text: 'a' }] });
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    await client.ingest({ documents: [{ text: 'a' }] }, { idempotencyKey: 'mine' });
    expect(requests.at(-1)!.headers.get('idempotency-key')).toBe('mine');
  });

  test('what changes something otherwise is sent once', async () => {
    const { client, requests } = clientOf(down);
    const changes = [
      () => client.collections.create({ name: 'a' }),
      () => client.collections.delete('a'),
      () => client.collections.deleteDocument('a', 'b'),
      () => client.collections.reindex('a'),
      () => client.jobs.cancel('j'),
      () => client.steer('qdrant_search', 'isolated'),
    ];
    for (const change of changes) await errorOf(change());
    expect(requests).toHaveLength(changes.length);
  });

  test('an abort ends the pause, with your reason', async () => {
    const puppet = puppetFetch(down);
    const client = createClient({ url: 'http://rag.test', apiKey: KEY, fetch: puppet.fetch });
    const leaving = new AbortController();
    const call = client.search({ query: 'q' }, { signal: leaving.signal });
    leaving.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(puppet.requests.length).toBeLessThanOrEqual(1);
    await expect(client.search({ query: 'q' }, { signal: leaving.signal }), 'before it began').rejects.toThrow('enough');
  });
});

describe('a job is followed to its end', () => {
  const job = (state: string, done: number) => ({ jobId: 'j', state, documents: { total: 2, done, unchanged: 0, failed: 0 } });
  const told = (event: string, data: object) => encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const doneAfter = (...plays: Play[]) => clientOf(() => json(job('queued', 0), 202), ...plays);
  const ingest = async (client: ReturnType<typeof clientOf>['client']) => {
    const seen: number[] = [];
    const onProgress = ({ documents }: { documents: { done: number } }) => void seen.push(documents.done);
    return { last: await client.ingest({ documents: [{ text: 'a' }] }, { onProgress }), seen };
  };

  test.each(['close', 'cut'] as const)('although its stream breaks off (%s): it is asked for, and taken up again', async (end) => {
    const { client, requests, waits } = doneAfter(
      streamed([told('progress', job('running', 1))], end),
      () => json(job('running', 1)),
      streamed([told('done', job('succeeded', 2))]),
    );
    const { last, seen } = await ingest(client);
    expect(last).toMatchObject({ state: 'succeeded' });
    expect(seen).toEqual([0, 1, 1, 2]);
    expect(requests.map(({ url }) => new URL(url).pathname.slice('/api/v1/rag'.length))).toEqual([
      '/ingest',
      '/ingest/jobs/j/events',
      '/ingest/jobs/j',
      '/ingest/jobs/j/events',
    ]);
    expect(waits).toEqual([CLIENT_FOLLOW_PAUSE_MS]);
  });

  test('where streams never come through, by asking until it has ended', async () => {
    const { client } = doneAfter(
      streamed([], 'cut'),
      () => json(job('running', 1)),
      streamed([], 'cut'),
      () => json(job('partial', 1)),
    );
    expect((await ingest(client)).last).toMatchObject({ state: 'partial' });
  });

  test('but not when nobody answers any more, and not when it is refused', async () => {
    const away = doneAfter(down);
    expect(await errorOf(ingest(away.client))).toMatchObject({ code: 'unreachable' });
    expect(away.requests.length).toBeGreaterThan(CLIENT_FOLLOWS_AGAIN);
    const refused = doneAfter(() => json(problem(404, 'job_not_found'), 404));
    expect(await errorOf(ingest(refused.client))).toMatchObject({ code: 'job_not_found' });
    expect(refused.requests).toHaveLength(2);
  });

  test('until the signal: then the reason is thrown, and nothing is asked again', async () => {
    const leaving = new AbortController();
    const { client, requests } = clientOf(heldOpen(told('progress', job('running', 1))));
    const following = client.jobs.follow(job('queued', 0) as Job, {
      signal: leaving.signal,
      onProgress: ({ state }) => state === 'running' && leaving.abort(new Error('enough')),
    });
    await expect(following).rejects.toThrow('enough');
    expect(requests).toHaveLength(1);
  });
});

describe('an id that the path of a URL cannot name', () => {
  test.each(['.', '..', ''])('is refused before anything is asked, and never becomes the path above it: %j', async (id) => {
    const { client, requests } = clientOf(() => json({}));
    const calls = [
      () => client.collections.document('default', id),
      () => client.collections.deleteDocument('default', id),
      () => client.collections.delete(id),
      () => client.collections.get(id),
      () => client.jobs.get(id),
      () => client.jobs.cancel(id),
      () => client.jobs.events(id).next(),
    ];
    for (const call of calls) expect(await errorOf(call())).toMatchObject({ code: 'invalid_request', status: 0 });
    expect(requests).toEqual([]);
  });
});

describe('a role', () => {
  test('is what the gateway admits, asked without a dependency: 400 and 405 are admitted, 403 is not', async () => {
    const { client, requests } = clientOf((request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith('/search')) return json(problem(400, 'invalid_request'), 400);
      return pathname.endsWith('/ingest') ? json(problem(405, 'method_not_allowed'), 405) : json({ message: 'no' }, 403);
    });
    expect([await client.hasRole('reader'), await client.hasRole('writer'), await client.hasRole('admin')]).toEqual([true, true, false]);
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
    const unknown = clientOf(() => json({ message: 'Unauthorized' }, 401));
    expect(await errorOf(unknown.client.hasRole('reader'))).toMatchObject({ code: 'unauthorized' });
  });
});

describe('an error', () => {
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'route_not_found'],
    [413, 'body_too_large'],
    [500, 'gateway_error'],
  ])("of the gateway itself, %i, has the code %s and the gateway's request id", async (status, code) => {
    const { client } = clientOf(() => json({ message: 'said by Kong' }, status, { 'x-request-id': 'k-1' }));
    expect(await errorOf(client.search({ query: 'q' }))).toMatchObject({ code, status, requestId: 'k-1', errors: [] });
  });

  test('names every wrong field, in its message too', async () => {
    const errors = [{ path: 'limit', message: 'must be a whole number from 1 to 100' }];
    const { client } = clientOf(() => json(problem(400, 'invalid_request', { errors }), 400));
    const error = await errorOf(client.search({ query: 'q', limit: 0 }));
    expect(error).toMatchObject({ code: 'invalid_request', errors });
    expect(error.message).toContain('limit must be a whole number');
  });

  test('an answer that is no JSON, or breaks off, is told as such', async () => {
    expect(await errorOf(clientOf(() => new Response('<html>')).client.status())).toMatchObject({ code: 'unexpected_answer', status: 200 });
    const broken: Play = () => new Response(bytesOf([encoder.encode('{"hits":')], 'cut'));
    expect(await errorOf(clientOf(broken).client.status())).toMatchObject({ code: 'unreachable' });
  });

  test('a redirect is not followed: the key goes nowhere else', async () => {
    const { client, requests } = clientOf(() => new Response(null, { status: 302, headers: { location: 'http://elsewhere.test/' } }));
    expect(await errorOf(client.search({ query: 'q' }))).toMatchObject({ code: 'redirected', status: 302 });
    expect(requests[0]!.redirect).toBe('manual');
  });

  test('health is an answer when the service is unhealthy, an error when the gateway speaks', async () => {
    const unhealthy = { status: 'unhealthy', version: '1', circuitBreakers: {}, redis: 'down' };
    expect(await clientOf(() => json(unhealthy, 503)).client.health()).toEqual(unhealthy);
    const kong = clientOf(() => json({ message: 'failure to get a peer from the ring-balancer' }, 503));
    expect(await errorOf(kong.client.health())).toMatchObject({ code: 'gateway_error', status: 503 });
    expect(kong.requests).toHaveLength(3);
  });
});

describe('the key', () => {
  test('goes in one header, as a key or as a bearer token, and in no address, message or field of an error', async () => {
    const { client, requests } = clientOf(down);
    const error = await errorOf(client.collections.documents('a', { limit: 1, cursor: 'c' }));
    const [request] = requests;
    expect(request!.headers.get('apikey')).toBe(KEY);
    expect(request!.url).toBe('http://rag.test/api/v1/rag/collections/a/documents?limit=1&cursor=c');
    expect([String(error), error.stack, JSON.stringify(error)].join('\n')).not.toContain(KEY);
    const bearer = puppetFetch(() => json({}));
    await createClient({ url: 'http://rag.test', token: 'a.b.c', fetch: bearer.fetch }).status();
    expect(bearer.requests[0]!.headers.get('authorization')).toBe('Bearer a.b.c');
    expect(bearer.requests[0]!.headers.get('apikey')).toBeNull();
  });

  test.each(['', 'line\nbreak', 'naïve-世'])('that no header can carry is refused without being repeated: %j', (apiKey) => {
    const make = () => createClient({ url: 'http://rag.test', apiKey });
    expect(make).toThrow(TypeError);
    if (apiKey !== '') expect(make).not.toThrow(apiKey);
  });

  test.each(['rag.test', 'ftp://rag.test', 'http://user:secret@rag.test', 'http://rag.test/?apikey=secret'])(
    'does not belong in an address: %s is refused',
    (url) => {
      expect(() => createClient({ url, apiKey: KEY })).toThrow(TypeError);
      expect(() => createClient({ url, apiKey: KEY })).not.toThrow('secret');
    },
  );
});
