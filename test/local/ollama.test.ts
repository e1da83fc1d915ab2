import { Ollama } from 'ollama/browser';
import { expect, onTestFinished, test } from 'vitest';
import { startOllama, type OllamaOptions } from '../../local/ollama/ollama.ts';
import { createScheduler } from '../../local/ollama/scheduler.ts';
import { findModel } from '../../local/ollama/models.ts';
import { fitToContext } from '../../local/ollama/fit.ts';
import { keepAliveField } from '../../local/ollama/request.ts';
import { inspectSettings } from '../../local/settings.ts';
import { startInThread } from '../../local/thread.ts';
import { extractiveAnswer, NO_ANSWER } from '../../local/ollama/writer.ts';

async function ollama(options: OllamaOptions = {}) {
  const running = await startOllama(options);
  onTestFinished(async () => running.close());
  return { ...running, client: new Ollama({ host: running.url }) };
}

const model = findModel('emulated-embed')!;
const never = new AbortController().signal;

const passage = (id: number, text: string) => `<passage id="${id}" title="t">\n${text}\n</passage>`;
const BREAKERS = `${passage(1, 'Cows eat grass.')}\n${passage(2, 'A breaker opens after five failures. It is calm.')}`;

test('writer: quotes word for word, each sentence with the number of its passage', () => {
  expect(extractiveAnswer(`${BREAKERS}\n\nQuestion: When does a breaker open?`)).toMatch(/^A breaker opens after five failures\. \[2\]/);
});

test('writer: says plainly that the passages do not contain the answer', () => {
  expect(extractiveAnswer(`${BREAKERS}\n\nQuestion: Who won the Olympic marathon?`)).toBe(NO_ANSWER);
});

test('writer: text that was escaped is quoted as what it was', () => {
  expect(extractiveAnswer(`${passage(1, 'Use Map&lt;string&gt; &amp; sets for lookup.')}\n\nQuestion: What to use for lookup?`)).toBe(
    'Use Map<string> & sets for lookup. [1]',
  );
});

test('an error in mid-stream is a line under status 200', async () => {
  const { client, url } = await ollama();
  const body = JSON.stringify({
    model: 'emulated-crash',
    messages: [{ role: 'user', content: `${BREAKERS}\nQuestion: When does a breaker open?` }],
  });
  const response = await fetch(`${url}/api/chat`, { method: 'POST', body });
  const lines = (await response.text()).trim().split('\n');
  expect([response.status, lines.length, JSON.parse(lines.at(-1)!)]).toEqual([
    200,
    4,
    { error: 'an error was encountered while running the model: unexpected EOF' },
  ]);
  await expect(client.chat({ model: 'emulated-crash', messages: [{ role: 'user', content: 'x' }] })).rejects.toMatchObject({
    status_code: 500,
  });
});

test('.env sets how long the stand-in loads a model, how many it works on and how many may wait', async () => {
  const env = { EMULATED_OLLAMA_LOAD_MS: '400', EMULATED_OLLAMA_NUM_PARALLEL: '1', EMULATED_OLLAMA_MAX_QUEUE: '0' };
  const { emulatedOllama } = inspectSettings('/no/such/file', env).settings;
  const { url, close } = await startInThread({ kind: 'ollama', options: emulatedOllama });
  onTestFinished(close);
  const body = JSON.stringify({ model: 'emulated-embed', input: 'x' });
  const answers = await Promise.all([1, 2].map(async () => fetch(`${url}/api/embed`, { method: 'POST', body })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 503]);
  const served = (await answers.find(({ status }) => status === 200)!.json()) as { load_duration: number };
  expect(served.load_duration).toBeGreaterThan(390e6);
});

test.each([
  ['full', 503, 'server busy, please try again.  maximum pending requests exceeded'],
  ['oom', 500, 'model requires more system memory'],
  ['error', 500, 'llama runner process has terminated'],
] as const)('fault %s: answers %i in Ollama’s words', async (mode, status, words) => {
  const { client, faults } = await ollama();
  await faults.set({ mode });
  await expect(client.embed({ model: 'emulated-embed', input: 'x' })).rejects.toMatchObject({
    status_code: status,
    message: expect.stringContaining(words),
  });
  await faults.clear();
  expect((await client.embed({ model: 'emulated-embed', input: 'x' })).embeddings).toHaveLength(1);
});

test('fault cut: a stream ends without done', async () => {
  const { client, faults } = await ollama();
  await faults.set({ mode: 'cut', route: '/api/chat' });
  const read = async () => {
    for await (const part of await client.chat({
      model: 'emulated-extract',
      stream: true,
      messages: [{ role: 'user', content: `${BREAKERS}\nQuestion: breaker?` }],
    }))
      expect(part.done).toBe(false);
  };
  await expect(read()).rejects.toThrow();
});

test('a cold model holds the answer back for as long as it loads, and again when num_ctx changes', async () => {
  const waits: number[] = [];
  const { client } = await ollama({ coldLoadMs: 90_000, wait: async (ms) => void (ms > 0 && waits.push(ms)) });
  await client.embed({ model: 'emulated-embed', input: 'x' });
  await client.embed({ model: 'emulated-embed', input: 'x' });
  expect(waits).toEqual([90_000]);
  await client.embed({ model: 'emulated-embed', input: 'x', options: { num_ctx: 1_024 } });
  expect(waits).toEqual([90_000, 90_000]);
});

test('who asks for a model that is loading waits for the rest of that load, not for one of its own', async () => {
  const loads: PromiseWithResolvers<void>[] = [];
  const clock = { now: 0 };
  const wait = async () => {
    loads.push(Promise.withResolvers());
    return loads.at(-1)!.promise;
  };
  const one = createScheduler({ parallel: 2, maxQueue: 9, coldLoadMs: 100, now: () => clock.now, wait });
  const both = [one.acquire(model, 4_096, 5_000, never), one.acquire(model, 4_096, 5_000, never)];
  await expect.poll(() => loads.length).toBe(1);
  clock.now = 100;
  loads[0]!.resolve();
  for (const held of await Promise.all(both)) held.release();
  expect([loads.length, (await one.acquire(model, 4_096, 5_000, never)).loadMs]).toEqual([1, 0]);
});

test('a model that is in use stays in memory when another request of it ends with keep_alive 0', async () => {
  const one = createScheduler({ parallel: 2, maxQueue: 9, coldLoadMs: 0, now: () => 0, wait: async () => {} });
  const long = await one.acquire(model, 4_096, 5_000, never);
  (await one.acquire(model, 4_096, 0, never)).release();
  expect(one.loaded()).toHaveLength(1);
  one.unload(model);
  expect(one.loaded()).toHaveLength(1);
  long.release();
  expect(one.loaded()).toEqual([]);
});

test('another context waits until nobody uses the model, and then loads it', async () => {
  const waits: number[] = [];
  const one = createScheduler({ parallel: 2, maxQueue: 9, coldLoadMs: 7, now: () => 0, wait: async (ms) => void waits.push(ms) });
  const long = await one.acquire(model, 4_096, 5_000, never);
  let isIn = false;
  const other = one.acquire(model, 1_024, 5_000, never).then((held) => {
    isIn = true;
    return held;
  });
  await new Promise(setImmediate);
  expect([isIn, waits]).toEqual([false, [7]]);
  long.release();
  (await other).release();
  expect([waits, one.loaded()[0]!.numCtx]).toEqual([[7, 7], 1_024]);
});

const scheduler = (maxQueue: number, clock: { now: number }) =>
  createScheduler({ parallel: 1, maxQueue, coldLoadMs: 0, now: () => clock.now, wait: async () => {} });

test('queue: one works, as many as allowed wait, the next is refused, and places come free in order', async () => {
  const one = scheduler(1, { now: 0 });
  const working = await one.acquire(model, 4_096, 0, never);
  const waiting = one.acquire(model, 4_096, 0, never);
  await expect(one.acquire(model, 4_096, 0, never)).rejects.toMatchObject({ name: 'QueueFull' });
  working.release();
  (await waiting).release();
  await expect(one.acquire(model, 4_096, 0, never)).resolves.toMatchObject({ loadMs: 0 });
});

test('queue: who leaves gives up the place', async () => {
  const one = scheduler(1, { now: 0 });
  await one.acquire(model, 4_096, 0, never);
  const leaving = new AbortController();
  const left = one.acquire(model, 4_096, 0, leaving.signal);
  leaving.abort();
  await expect(left).rejects.toThrow('left the queue');
  void one.acquire(model, 4_096, 0, never);
});

test('keep_alive: a model leaves memory when its time is up, never where it is negative, at once where it is 0', async () => {
  const clock = { now: 1_000 };
  const one = scheduler(1, clock);
  (await one.acquire(model, 4_096, 5_000, never)).release();
  clock.now = 5_999;
  expect(one.loaded()).toMatchObject([{ expiresAt: 6_000 }]);
  clock.now = 6_000;
  expect(one.loaded()).toEqual([]);
  (await one.acquire(model, 4_096, Infinity, never)).release();
  clock.now = 1e15;
  expect(one.loaded()).toHaveLength(1);
});

test.each([
  [{}, 300_000],
  [{ keep_alive: '10m' }, 600_000],
  [{ keep_alive: '1h30m' }, 5_400_000],
  [{ keep_alive: 20 }, 20_000],
  [{ keep_alive: -1 }, Infinity],
  [{ keep_alive: '-1m' }, Infinity],
  [{ keep_alive: 0 }, 0],
  [{ keep_alive: '0' }, 0],
  [{ keep_alive: '-0' }, 0],
  [{ keep_alive: '0s' }, 0],
  [{ keep_alive: '+.5s' }, 500],
  [{ keep_alive: '1500us' }, 1.5],
])('keep_alive of %j is %d ms', (body, ms) => expect(keepAliveField(body)).toBe(ms));

test.each([
  ['soon', 'time: invalid duration "soon"'],
  ['', 'time: invalid duration ""'],
  ['5', 'time: missing unit in duration "5"'],
  ['5m3', 'time: missing unit in duration "5m3"'],
  ['5 m', 'time: unknown unit " m" in duration "5 m"'],
  ['2d', 'time: unknown unit "d" in duration "2d"'],
])('keep_alive of "%s" is no duration', (value, words) => expect(() => keepAliveField({ keep_alive: value })).toThrow(words));

test('context: the oldest messages go, the system’s and the last stay', () => {
  const long = { role: 'user', content: 'word '.repeat(100) };
  const kept = fitToContext([{ role: 'system', content: 'be brief' }, long, long, { role: 'user', content: 'question' }], 40);
  expect(kept).toMatchObject({ cut: false, messages: [{ role: 'system' }, { content: 'question' }] });
});

test('context: of a last message that is too long alone its first four tokens and its end stay, half of the context', () => {
  const { messages, tokens, cut } = fitToContext([{ role: 'user', content: `first ${'word '.repeat(100)}last` }], 20);
  expect([cut, tokens, messages[0]!.content]).toEqual([true, 12, 'first word word word word word word last']);
});
