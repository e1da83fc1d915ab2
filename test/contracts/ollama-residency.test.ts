import { Ollama } from 'ollama/browser';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startOllama, type OllamaOptions } from '../../local/ollama/ollama.ts';
import { realServer } from './stand-in.ts';

// What is in memory, for how long, and what happens when too much is asked. Written from Ollama's docs/api.md, docs/faq.mdx and
// server/routes.go (0.33). The first part runs on a real server when OLLAMA_URL is set; the second needs limits that only a start sets.
const real = realServer('OLLAMA_URL');
const EMBEDDER = (real && realServer('OLLAMA_EMBEDDING_MODEL')) ?? 'emulated-embed';
const WRITER = (real && realServer('OLLAMA_GENERATION_MODEL')) ?? 'emulated-extract';

let url = real ?? '';
let close = async (): Promise<void> => {};
beforeAll(async () => {
  if (real === null) ({ url, close } = await startOllama());
});
afterAll(async () => close());

type Line = Record<string, unknown>;
async function post(at: string, path: string, body: unknown): Promise<{ status: number; type: string; lines: Line[] }> {
  const response = await fetch(at + path, { method: 'POST', body: JSON.stringify(body) });
  const lines = (await response.text()).trim().split('\n');
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    lines: lines.map((line) => JSON.parse(line) as Line),
  };
}
const resident = async () => (await new Ollama({ host: url }).ps()).models;
const isThere = async (name: string) => (await resident()).some((one) => one.name === name || one.name === `${name}:latest`);

describe('docs/api.md: list running models', () => {
  test('a model in memory is listed with digest, sizes, expiry and the context it was loaded with', async () => {
    await post(url, '/api/embed', { model: EMBEDDER, input: 'x', keep_alive: '10m', options: { num_ctx: 1_024 } });
    const one = (await resident()).find(({ name }) => name.replace(/:latest$/, '') === EMBEDDER);
    expect(one).toMatchObject({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      size: expect.any(Number),
      size_vram: expect.any(Number),
      details: { family: expect.any(String), parameter_size: expect.any(String), quantization_level: expect.any(String) },
      context_length: 1_024,
    });
    const left = new Date(one!.expires_at).getTime() - Date.now();
    expect([left > 9 * 60_000, left < 11 * 60_000]).toEqual([true, true]);
  });

  test('the one that stays longest comes first (PsHandler)', async () => {
    await post(url, '/api/embed', { model: EMBEDDER, input: 'x', keep_alive: '10m' });
    await post(url, '/api/chat', { model: WRITER, messages: [], keep_alive: '20m' });
    const expiries = (await resident()).map((one) => new Date(one.expires_at).getTime());
    expect(expiries).toEqual(expiries.toSorted((a, b) => b - a));
    expect((await resident())[0]!.name.replace(/:latest$/, '')).toBe(WRITER);
  });
});

describe('docs/api.md: load and unload a model', () => {
  test.each([
    ['/api/generate', { prompt: '' }],
    ['/api/chat', { messages: [] }],
  ])('%s with nothing to say loads, and with keep_alive 0 unloads', async (path, nothing) => {
    expect((await post(url, path, { model: WRITER, ...nothing })).lines.at(-1)).toMatchObject({ done: true, done_reason: 'load' });
    expect(await isThere(WRITER)).toBe(true);
    const unloaded = await post(url, path, { model: WRITER, ...nothing, keep_alive: 0 });
    expect(unloaded.lines.at(-1)).toMatchObject({ done: true, done_reason: 'unload' });
    expect(await isThere(WRITER)).toBe(false);
  });

  test.each(['0', '0s', '+1.5h'])('keep_alive "%s" is a duration, as Go reads them', async (keepAlive) => {
    expect((await post(url, '/api/embed', { model: EMBEDDER, input: 'x', keep_alive: keepAlive })).status).toBe(200);
  });

  test('keep_alive 0 with an embedding unloads once it is answered (docs/faq: keep a model loaded)', async () => {
    await post(url, '/api/embed', { model: EMBEDDER, input: 'x', keep_alive: 0 });
    await expect.poll(() => isThere(EMBEDDER), { timeout: 5_000 }).toBe(false);
  });
});

describe('docs/api.md: show model information, pull a model', () => {
  test('show: details, information and capabilities', async () => {
    const shown = await new Ollama({ host: url }).show({ model: WRITER });
    expect(shown).toMatchObject({
      details: { format: expect.any(String), family: expect.any(String), families: expect.any(Array), parameter_size: expect.any(String) },
      model_info: { 'general.architecture': expect.any(String), 'general.parameter_count': expect.any(Number) },
      capabilities: expect.arrayContaining(['completion']),
      modified_at: expect.anything(),
    });
    expect(shown.template).toEqual(expect.any(String));
  });

  test('pull without a stream answers its end alone', async () => {
    const pulled = await post(url, '/api/pull', { model: WRITER, stream: false });
    expect([pulled.status, pulled.lines]).toEqual([200, [{ status: 'success' }]]);
  });

  test('pull: a layer says how much of it there is', async () => {
    const { lines, type } = await post(url, '/api/pull', { model: WRITER });
    expect(type).toBe('application/x-ndjson');
    const layers = lines.filter(({ digest }) => digest !== undefined);
    expect(layers.length).toBeGreaterThan(0);
    for (const { status, digest, total } of layers) {
      expect(status).toBe(`pulling ${String(digest).slice(7, 19)}`);
      expect(total).toBeGreaterThan(0);
    }
  });
});

describe('docs/api.md: structured outputs', () => {
  test('a format that is neither json nor a schema is refused', async () => {
    const refused = await post(url, '/api/chat', {
      model: WRITER,
      messages: [{ role: 'user', content: 'x' }],
      format: 'xml',
      stream: false,
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(String(refused.lines[0]!['error'])).toContain('invalid format');
  });

  test('a schema is kept', async () => {
    const format = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
    const messages = [{ role: 'user', content: '<passage id="1">\nThe sky is blue.\n</passage>\n\nQuestion: Which colour has the sky?' }];
    const { lines } = await post(url, '/api/chat', { model: WRITER, messages, format, stream: false });
    const { content } = lines[0]!['message'] as { content: string };
    expect(JSON.parse(content)).toEqual({ answer: expect.any(String) });
  });
});

describe('docs/faq: too much at once, and what goes wrong in the middle (the stand-in alone)', () => {
  async function own(options: OllamaOptions) {
    const running = await startOllama(options);
    onTestFinished(running.close);
    return running.url;
  }
  const prompt = '<passage id="1">\nThe sky is blue. Grass is green.\n</passage>\n\nQuestion: Which colour has the sky?';

  test('OLLAMA_MAX_QUEUE: past the queue 503, in Ollama’s words and before any output; who waits is served', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const at = await own({
      parallel: 1,
      maxQueue: 1,
      coldLoadMs: 1,
      wait: async (ms) => {
        if (ms === 0) return;
        begun.resolve();
        await gate.promise;
      },
    });
    const working = post(at, '/api/embed', { model: 'emulated-embed', input: 'x' });
    await begun.promise;
    const answers: { status: number; lines: Line[] }[] = [];
    const more = [1, 2, 3].map(async () => void answers.push(await post(at, '/api/embed', { model: 'emulated-embed', input: 'x' })));
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(2);
    for (const one of answers)
      expect(one).toMatchObject({ status: 503, lines: [{ error: 'server busy, please try again.  maximum pending requests exceeded' }] });
    gate.resolve();
    await Promise.all(more);
    expect([(await working).status, answers[2]!.status]).toEqual([200, 200]);
  });

  test('an error after the first word is a line under 200, and no line says done (streamResponse)', async () => {
    const at = await own({});
    const { status, lines } = await post(at, '/api/generate', { model: 'emulated-crash', prompt });
    expect([status, Object.keys(lines.at(-1)!), lines.some(({ done }) => done === true)]).toEqual([200, ['error'], false]);
  });

  test('an embedding that does not fit is refused with its whole batch, and nothing is embedded', async () => {
    const at = await own({});
    const refused = await post(at, '/api/embed', { model: 'emulated-embed', input: ['short', 'word '.repeat(5_000)], truncate: false });
    expect(refused).toMatchObject({ status: 400, lines: [{ error: 'the input length exceeds the context length' }] });
  });

  // server/routes.go, ChatHandler and GenerateHandler; server/images.go, CheckCapabilities.
  test('tools, or thoughts, of a model that has none are refused before it is loaded; think false and no tools are not', async () => {
    const at = await own({});
    const messages = [{ role: 'user', content: prompt }];
    const tool = { type: 'function', function: { name: 'f', description: '', parameters: { type: 'object', properties: {} } } };
    const ask = async (path: string, more: object) => {
      const { status, lines } = await post(at, path, { model: 'emulated-extract', messages, prompt, stream: false, ...more });
      return [status, lines[0]!['error']];
    };
    expect(await ask('/api/chat', { tools: [tool] })).toEqual([400, expect.stringMatching(/emulated-extract.* does not support tools$/)]);
    for (const think of [true, 'high'])
      for (const path of ['/api/chat', '/api/generate'])
        expect(await ask(path, { think })).toEqual([400, '"emulated-extract" does not support thinking']);
    expect(await (await fetch(`${at}/api/ps`)).json()).toEqual({ models: [] });
    expect(await ask('/api/chat', { think: false, tools: [] })).toEqual([200, undefined]);
  });

  test('what is to leave memory is not loaded first', async () => {
    const waits: number[] = [];
    const at = await own({ coldLoadMs: 60_000, wait: async (ms) => void waits.push(ms) });
    const unloaded = await post(at, '/api/chat', { model: 'emulated-extract', messages: [], keep_alive: 0 });
    expect([unloaded.lines.at(-1)?.['done_reason'], waits]).toEqual(['unload', []]);
  });

  test('num_ctx: a prompt that is dropped leaves no trace but its count', async () => {
    const at = await own({});
    const messages = [
      ...Array.from({ length: 50 }, () => ({ role: 'user', content: 'filler '.repeat(40) })),
      { role: 'user', content: prompt },
    ];
    const { lines } = await post(at, '/api/chat', { model: 'emulated-extract', messages, stream: false, options: { num_ctx: 256 } });
    expect(lines[0]).toMatchObject({ done: true, done_reason: 'stop' });
    expect(lines[0]!['prompt_eval_count']).toBeLessThanOrEqual(256);
    expect(Object.keys(lines[0]!).filter((key) => /trunc|drop/.test(key))).toEqual([]);
  });
});
