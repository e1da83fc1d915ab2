import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { createQdrant } from '../../../functions/_kernel/upstreams/qdrant.ts';
import { json, scriptedServers } from './scripted.ts';

const serve = scriptedServers();
const NEVER = new AbortController().signal;
const HEADERS = { 'x-request-id': 'req-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const list = (url: string, signal = NEVER, apiKey: string | null = null) =>
  createQdrant({ url, apiKey, headers: HEADERS })('qdrant_search', signal, (api, init) => api.getCollections({}, init));
const faultFrom = async (work: Promise<unknown>) => {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamFault);
  expect(error).toMatchObject({ dependency: 'qdrant_search' });
  return (error as UpstreamFault).fault;
};
const failed = (error: string) => ({ status: { error }, time: 0 });

test('an answer is its result; trace, request id and key go with the request, and a path in the URL stays', async () => {
  const { url, seen } = await serve(json(200, { result: { collections: [] }, status: 'ok', time: 0 }));
  expect(await list(`${url}/prefix/`, NEVER, 'key-1')).toEqual({ collections: [] });
  expect(seen).toMatchObject([{ method: 'GET', path: '/prefix/collections', headers: { ...HEADERS, 'api-key': 'key-1' } }]);
});

test.each([400, 403, 404, 409, 422, 500, 503, 507])('status %i is kept for whoever judges it', async (status) => {
  const { url } = await serve(json(status, failed('Not found')));
  expect(await faultFrom(list(url))).toEqual({ kind: 'status', status });
});

test('401 comes as plain text and is a status all the same', async () => {
  const { url } = await serve((response) => void response.writeHead(401, { 'content-type': 'text/plain' }).end('Invalid API key or JWT'));
  expect(await faultFrom(list(url))).toEqual({ kind: 'status', status: 401 });
});

test('429 keeps how long to wait', async () => {
  const { url } = await serve(json(429, failed('Rate limiting exceeded'), { 'retry-after': '3' }));
  expect(await faultFrom(list(url))).toEqual({ kind: 'status', status: 429, retryAfterMs: 3_000 });
});

test('503 keeps how long to wait', async () => {
  const { url } = await serve(json(503, failed('busy'), { 'retry-after': '7' }));
  expect(await faultFrom(list(url))).toEqual({ kind: 'status', status: 503, retryAfterMs: 7_000 });
});

test.each([
  ['is refused', null],
  ['is destroyed', (response: ServerResponse) => void response.socket?.destroy()],
  [
    'ends within the body',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"result":', () => response.socket?.destroy());
    },
  ],
])('a connection that %s is a fault of the connection', async (_, script) => {
  const url = script === null ? 'http://127.0.0.1:9' : (await serve(script)).url;
  expect(await faultFrom(list(url))).toEqual({ kind: 'connection' });
});

test('a deadline ends the request on the wire, and its own reason is the fault', async () => {
  const gone = Promise.withResolvers<void>();
  const { url } = await serve((response) => void response.on('close', () => gone.resolve()));
  const deadline = new AbortController();
  const work = faultFrom(list(url, deadline.signal));
  setTimeout(() => deadline.abort(new UpstreamFault('qdrant_search', { kind: 'timeout', phase: 'total' })), 30);
  expect(await work).toEqual({ kind: 'timeout', phase: 'total' });
  await gone.promise;
});

test('a caller who leaves is told apart from a fault', async () => {
  const { url } = await serve(() => {});
  const caller = new AbortController();
  const work = faultFrom(list(url, caller.signal));
  setTimeout(() => caller.abort(), 30);
  expect(await work).toEqual({ kind: 'caller_left' });
});
