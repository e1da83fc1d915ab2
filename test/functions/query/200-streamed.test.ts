import { expect, test } from 'vitest';
import { queryMeta, queryResponse, queryToken, type Citation, type QueryResponse } from '../../../functions/query/contract.ts';
import query from '../../../functions/query/worker.ts';
import { call, deferred, expectStatus, send } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { dataOf, ending, readEvents } from '../events.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
const question = 'How does a breaker recover, and what does bread need?';
const stream = (json: object, headers: Record<string, string> = {}) => readEvents(query, world.env, { path: '/query', json, headers });

test.each([
  ['"stream": true', { question, stream: true }, {}],
  ['Accept: text/event-stream', { question }, { accept: 'text/event-stream' }],
])('200: %s answers meta, tokens and citations, then exactly one done', async (_, json, headers) => {
  const streamed = await stream(json, headers);
  expect(streamed.response.status).toBe(200);
  const done = ending(streamed, 'done') as QueryResponse;
  expect(queryResponse.parse(done)).toEqual(done);
  expect(streamed.events[0]!.event).toBe('meta');
  expect(dataOf(streamed, 'meta').map((meta) => queryMeta.parse(meta))).toEqual([{ hits: done.hits, degraded: done.degraded }]);
  const told = dataOf<{ text: string }>(streamed, 'token').map((token) => queryToken.parse(token).text);
  expect(told.length).toBeGreaterThan(3);
  expect(told.join('').trim()).toBe(done.answer);
  expect(dataOf(streamed, 'citation')).toEqual(done.citations);
});

test('200: streamed and unstreamed, the answer and its citations are the same', async () => {
  const whole = await call(query, world.env, { path: '/query', json: { question } });
  expectStatus(whole, 200);
  const { timings: _, ...streamed } = ending(await stream({ question, stream: true }), 'done') as QueryResponse;
  const { timings: __, ...unstreamed } = whole.body as QueryResponse;
  expect(streamed).toEqual(unstreamed);
});

test('200: a citation comes after the marker that stands for it', async () => {
  const { events } = await stream({ question, stream: true });
  let told = '';
  for (const { event, data } of events) {
    if (event === 'token') told += (data as { text: string }).text;
    if (event === 'citation') expect(told).toContain(`[${(data as Citation).marker}]`);
  }
});

test('200: what is not answerable is a done as well', async () => {
  const streamed = await stream({ question: 'Wer gewann 1974 im Rudern?', stream: true });
  expect(ending(streamed, 'done')).toMatchObject({ answerable: false, answer: '' });
  expect(dataOf(streamed, 'token')).toEqual([]);
});

test('200: an extractive answer streams too', async () => {
  const streamed = await stream({ question, stream: true, answerMode: 'extractive' });
  const done = ending(streamed, 'done') as QueryResponse;
  expect(done.mode).toBe('extractive');
  expect(
    dataOf<{ text: string }>(streamed, 'token')
      .map(({ text }) => text)
      .join(''),
  ).toBe(done.answer);
});

test('200: says that it may not be cached or held back', async () => {
  const { response } = await stream({ question, stream: true });
  expect(response.headers.get('cache-control')).toMatch(/no-cache.*no-transform/);
  expect(response.headers.get('x-accel-buffering')).toBe('no');
});

test('error: what fails before the stream begins to speak is exactly one problem', async () => {
  const streamed = await stream({ question, stream: true, collection: 'nothing' });
  const problem = ending(streamed, 'error');
  expect(problem).toMatchObject({ status: 404, code: 'collection_not_found', requestId: streamed.response.headers.get('x-request-id') });
  expect(streamed.events).toHaveLength(1);
});

test('error: a body that is wrong is refused as a problem, not as a stream', async () => {
  const answer = await call(query, world.env, { path: '/query', json: { question: '', stream: true } });
  expect(answer.status, answer.text).toBe(400);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

test('a client that leaves ends the stream, and the log says so', async () => {
  const { context, settled } = deferred();
  const response = await send(query, world.env, { path: '/query', json: { question, stream: true } }, context);
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  await settled();
});
