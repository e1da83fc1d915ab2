import { Ollama } from 'ollama/browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realServer, standInOllama } from './stand-in.ts';

// Written from Ollama's docs/api.md, docs/faq.md and server/routes.go (0.33). Runs on the stand-in, and on a real server when OLLAMA_URL
// is set (with OLLAMA_EMBEDDING_MODEL and OLLAMA_GENERATION_MODEL pulled there).
const real = realServer('OLLAMA_URL');
const EMBEDDER = (real && realServer('OLLAMA_EMBEDDING_MODEL')) ?? 'emulated-embed';
const WRITER = (real && realServer('OLLAMA_GENERATION_MODEL')) ?? 'emulated-extract';
const MISSING = 'no-such-model';

let url = real ?? '';
let close = async (): Promise<void> => {};
beforeAll(async () => {
  if (real !== null) return;
  ({ url, close } = await standInOllama());
});
afterAll(async () => close());

const client = () => new Ollama({ host: url });
const post = async (path: string, body: unknown) => {
  const response = await fetch(url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type') ?? '', text, lines: text.trim().split('\n') };
};
const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const length = (vector: readonly number[]) => Math.hypot(...vector);

describe('docs/api.md: conventions, version, list, show', () => {
  test('GET and HEAD / say that Ollama runs', async () => {
    expect(await (await fetch(url)).text()).toBe('Ollama is running');
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  test('the version is a string', async () => expect((await client().version()).version).toMatch(/^\d+\.\d+/));

  test('an unknown path is 404, a known one with another method 405, both in plain text', async () => {
    expect((await fetch(`${url}/api/nothing`)).status).toBe(404);
    const wrong = await fetch(`${url}/api/chat`);
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([405, expect.stringContaining('text/plain')]);
  });

  test('list models: a name with its tag and a digest of 64 hexadecimal digits', async () => {
    const { models } = await client().list();
    const listed = models.find(({ name }) => name === EMBEDDER || name === `${EMBEDDER}:latest`);
    expect(listed?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('show: the embedding length stands under the architecture’s name', async () => {
    const info = new Map(Object.entries((await client().show({ model: EMBEDDER })).model_info));
    const dimension = info.get(`${String(info.get('general.architecture'))}.embedding_length`);
    const { embeddings } = await client().embed({ model: EMBEDDER, input: 'one' });
    expect(dimension).toBe(embeddings[0]?.length);
  });

  test('show: without a model 400, of a missing one 404', async () => {
    expect(await post('/api/show', {})).toMatchObject({ status: 400, text: '{"error":"model is required"}' });
    expect(await post('/api/show', { model: MISSING })).toMatchObject({ status: 404, text: `{"error":"model '${MISSING}' not found"}` });
  });

  test('a body that is missing or no JSON is 400', async () => {
    expect(await post('/api/embed', '')).toMatchObject({ status: 400, text: '{"error":"missing request body"}' });
    expect((await post('/api/chat', 'no json')).status).toBe(400);
  });
});

describe('docs/api.md: generate embeddings', () => {
  test('one vector a text, in order, of length one, the same each time', async () => {
    const both = await client().embed({ model: EMBEDDER, input: ['why is the sky blue?', 'grass'] });
    const alone = await client().embed({ model: EMBEDDER, input: 'grass' });
    expect(both.embeddings).toHaveLength(2);
    for (const vector of both.embeddings) expect(length(vector)).toBeCloseTo(1, 3);
    expect(length(both.embeddings[1]!.map((value, at) => value - alone.embeddings[0]![at]!))).toBeLessThan(0.01);
    expect(both.prompt_eval_count).toBeGreaterThan(0);
  });

  test('nothing to embed is no vector', async () => {
    expect((await client().embed({ model: EMBEDDER, input: [] })).embeddings).toEqual([]);
    expect((await client().embed({ model: EMBEDDER, input: '' })).embeddings).toEqual([]);
  });

  test('dimensions: the first ones, again of length one', async () => {
    const [vector] = (await client().embed({ model: EMBEDDER, input: 'grass', dimensions: 64 })).embeddings;
    expect(vector).toHaveLength(64);
    expect(length(vector!)).toBeCloseTo(1, 3);
  });

  test('too long a text is cut, or refused where truncate is false', async () => {
    const input = 'grass is green '.repeat(20_000);
    expect((await client().embed({ model: EMBEDDER, input })).embeddings).toHaveLength(1);
    const refused = await post('/api/embed', { model: EMBEDDER, input: ['short', input], truncate: false });
    expect([refused.status, parsed(refused.text)['error']]).toEqual([400, expect.stringMatching(/context/)]);
  });

  test('a text that is no string is 400, a missing model 404', async () => {
    expect(await post('/api/embed', { model: EMBEDDER, input: [1] })).toMatchObject({
      status: 400,
      text: '{"error":"invalid input type"}',
    });
    await expect(client().embed({ model: MISSING, input: 'x' })).rejects.toMatchObject({ status_code: 404 });
  });

  test('the older route embeds one prompt', async () => {
    expect((await client().embeddings({ model: EMBEDDER, prompt: 'grass' })).embedding.length).toBeGreaterThan(0);
  });
});

describe('docs/api.md: generate a chat completion', () => {
  const messages = [
    {
      role: 'user',
      content: '<passage id="1" title="Sky">\nThe sky is blue. Grass is green.\n</passage>\n\nQuestion: Which colour has the sky?',
    },
  ];

  test('a stream is NDJSON; its last line is done, with reason and counts', async () => {
    const { status, type, lines } = await post('/api/chat', { model: WRITER, messages });
    expect([status, type]).toEqual([200, 'application/x-ndjson']);
    expect(lines.slice(0, -1).every((line) => parsed(line)['done'] === false)).toBe(true);
    expect(parsed(lines.at(-1)!)).toMatchObject({
      done: true,
      done_reason: 'stop',
      prompt_eval_count: expect.any(Number),
      eval_count: expect.any(Number),
    });
  });

  test('whole is what the stream says', async () => {
    const options = { temperature: 0, seed: 1 };
    let streamed = '';
    for await (const part of await client().chat({ model: WRITER, messages, stream: true, options })) streamed += part.message.content;
    expect((await client().chat({ model: WRITER, messages, options })).message.content).toBe(streamed);
  });

  test('format with a JSON schema: the answer is JSON that keeps it', async () => {
    const format = { type: 'object', properties: { words: { type: 'array', items: { type: 'string' } } }, required: ['words'] };
    const { message } = await client().chat({ model: WRITER, messages, format, think: false, options: { temperature: 0 } });
    expect(JSON.parse(message.content)).toEqual({ words: expect.any(Array) });
  });

  test('num_predict ends the answer with reason length', async () => {
    const { message, done_reason: reason } = await client().chat({ model: WRITER, messages, options: { num_predict: 2 } });
    expect(reason).toBe('length');
    expect(message.content.split(/\s+/).length).toBeLessThanOrEqual(3);
  });

  test('no messages load the model; with keep_alive 0 they unload it', async () => {
    expect(parsed((await post('/api/chat', { model: WRITER, messages: [] })).text)).toMatchObject({ done: true, done_reason: 'load' });
    expect((await client().ps()).models.map(({ name }) => name.replace(/:latest$/, ''))).toContain(WRITER);
    const unloaded = await post('/api/chat', { model: WRITER, messages: [], keep_alive: 0 });
    expect(parsed(unloaded.text)).toMatchObject({ done: true, done_reason: 'unload' });
  });

  test('a prompt over num_ctx loses its oldest messages without a word', async () => {
    const old = Array.from({ length: 40 }, () => ({ role: 'user', content: 'words that fill the context '.repeat(20) }));
    const { prompt_eval_count: read } = await client().chat({
      model: WRITER,
      messages: [...old, ...messages],
      options: { num_ctx: 512, num_predict: 4 },
    });
    expect(read).toBeLessThanOrEqual(512);
  });

  test('a missing model is 404, an embedding model 400, before any output', async () => {
    expect(await post('/api/chat', { model: MISSING, messages })).toMatchObject({
      status: 404,
      text: `{"error":"model '${MISSING}' not found"}`,
    });
    expect(await post('/api/chat', { model: EMBEDDER, messages })).toMatchObject({
      status: 400,
      text: `{"error":"\\"${EMBEDDER}\\" does not support chat"}`,
    });
  });

  test('generate answers in `response`', async () => {
    const { response, done } = await client().generate({ model: WRITER, prompt: messages[0]!.content });
    expect([typeof response, done]).toEqual(['string', true]);
  });
});

describe('docs/api.md: pull a model', () => {
  test('progress ends in success', async () => {
    const seen: string[] = [];
    for await (const { status } of await client().pull({ model: WRITER, stream: true })) seen.push(status);
    expect([seen[0], seen.at(-1)]).toEqual(['pulling manifest', 'success']);
  });

  test('a model that the library does not have is an error line under 200', async () => {
    const { status, lines } = await post('/api/pull', { model: `${MISSING}-anywhere` });
    expect([status, Object.keys(parsed(lines.at(-1)!))]).toEqual([200, ['error']]);
  });
});
