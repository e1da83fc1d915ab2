import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { WRITING_SEED, WRITING_TEMPERATURE } from '../../../functions/_kernel/limits.ts';
import { createOllama, type ChatPart } from '../../../functions/_kernel/upstreams/ollama.ts';
import { json, scriptedServers } from './scripted.ts';

const serve = scriptedServers();
const NEVER = new AbortController().signal;
const client = (url: string) => createOllama({ url, headers: { 'x-request-id': 'req-1' } });
const embed = (url: string, request: { texts?: string[]; truncate?: boolean; dimension?: number | null } = {}) =>
  client(url).embed(NEVER, { model: 'm', texts: ['a', 'b'], truncate: false, dimension: null, ...request });
const faultOf = async (work: Promise<unknown>) => {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamFault);
  return (error as UpstreamFault).fault;
};

describe('embed', () => {
  test('a vector for each text, in order; the request says whether a text may be cut', async () => {
    const { url, seen } = await serve(
      json(200, {
        embeddings: [
          [1, 0],
          [0, 1],
        ],
        prompt_eval_count: 5,
      }),
    );
    expect(await embed(url, { dimension: 2 })).toEqual({
      vectors: [
        [1, 0],
        [0, 1],
      ],
      promptTokens: 5,
    });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/api/embed',
        headers: { 'x-request-id': 'req-1' },
        body: { model: 'm', input: ['a', 'b'], truncate: false },
      },
    ]);
  });

  test.each([
    ['one vector too few', [[1, 0]], null, 'wrong_count'],
    ['no vectors', [], null, 'wrong_count'],
    [
      'another dimension than the index',
      [
        [1, 0],
        [0, 1],
      ],
      3,
      'wrong_dimension',
    ],
    ['two dimensions at once', [[1, 0], [1]], null, 'wrong_dimension'],
    ['empty vectors', [[], []], null, 'wrong_dimension'],
    [
      'null for a number',
      [
        [1, null],
        [0, 1],
      ],
      null,
      'non_finite',
    ],
  ])('%s never reach the index', async (_, embeddings, dimension, why) => {
    const { url } = await serve(json(200, { embeddings }));
    expect(await faultOf(embed(url, { dimension }))).toEqual({ kind: 'bad_embedding', why });
  });

  test.each([
    [404, "model 'm' not found", { kind: 'model_missing', model: 'm' }],
    [400, 'the input length exceeds the context length', { kind: 'input_too_long' }],
    [400, 'invalid option', { kind: 'status', status: 400 }],
    [500, 'model requires more system memory', { kind: 'status', status: 500 }],
    [503, 'server busy, please try again.  maximum pending requests exceeded', { kind: 'status', status: 503 }],
  ])('%i %s', async (status, error, fault) => {
    const { url } = await serve(json(status, { error }));
    expect(await faultOf(embed(url))).toEqual(fault);
  });

  test('an answer that is no JSON is a bad answer; a refused connection is one of the connection', async () => {
    const { url } = await serve((response) => void response.writeHead(200).end('<html>'));
    expect(await faultOf(embed(url))).toEqual({ kind: 'bad_answer' });
    expect(await faultOf(embed('http://127.0.0.1:9'))).toEqual({ kind: 'connection' });
  });
});

describe('chat', () => {
  const line = (content: string, rest: object = {}) =>
    `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done: false, ...rest })}\n`;
  const END = line('', { done: true, done_reason: 'stop', prompt_eval_count: 7, eval_count: 2 });
  const stream =
    (...parts: (string | null)[]) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const last = parts.at(-1);
      for (const part of parts) if (part !== null) response.write(part);
      // Null at the end: the connection is cut once what was written is out.
      if (last === null) response.write(' ', () => setTimeout(() => response.socket?.destroy(), 20));
      else response.end();
    };
  const read = async (url: string, signal = NEVER) => {
    const parts: ChatPart[] = [];
    const answer = await client(url).chat(signal, { model: 'm', messages: [{ role: 'user', content: 'q' }], numCtx: 2048, maxTokens: 9 });
    for await (const part of answer) parts.push(part);
    return parts;
  };

  test('text piece by piece, then one end with the counts; context and length are asked for', async () => {
    const { url, seen } = await serve(stream(line('Hel'), line('lo'), END));
    expect(await read(url)).toEqual([
      { kind: 'text', text: 'Hel' },
      { kind: 'text', text: 'lo' },
      { kind: 'end', reason: 'stop', promptTokens: 7, answerTokens: 2 },
    ]);
    expect(seen).toMatchObject([{ path: '/api/chat', body: { stream: true, options: { num_ctx: 2048, num_predict: 9 } } }]);
  });

  test.each([
    ['m', false],
    ['gpt-oss:20b', 'low'],
  ])('%s thinks as little as it can and writes near its likeliest words, the same ones each time', async (model, think) => {
    const { url, seen } = await serve(stream(END));
    for await (const _ of await client(url).chat(NEVER, { model, messages: [{ role: 'user', content: 'q' }], numCtx: 2048, maxTokens: 9 }));
    expect(seen[0]?.body).toMatchObject({ think, options: { temperature: WRITING_TEMPERATURE, seed: WRITING_SEED } });
  });

  test('lines may be cut anywhere, also inside a character', async () => {
    const bytes = Buffer.from(line('Grüße 🍞') + END);
    for (let at = 1; at < bytes.length; at += 7) {
      const { url } = await serve((response) => {
        response.writeHead(200);
        response.write(bytes.subarray(0, at), () => setTimeout(() => response.end(bytes.subarray(at)), 1));
      });
      expect((await read(url))[0]).toEqual({ kind: 'text', text: 'Grüße 🍞' });
    }
  });

  test('an error line under status 200 is an error of the stream', async () => {
    const { url } = await serve(stream(line('Hel'), `${JSON.stringify({ error: 'unexpected EOF' })}\n`));
    expect(await faultOf(read(url))).toEqual({ kind: 'stream_error' });
  });

  test.each([
    ['ends without its last line', stream(line('Hel'))],
    ['ends within a line', stream(line('Hel'), '{"message":{"cont')],
    ['is cut', stream(line('Hel'), null)],
  ])('a stream that %s is cut', async (_, script) => {
    const { url } = await serve(script);
    expect(await faultOf(read(url))).toEqual({ kind: 'stream_cut' });
  });

  test('a missing model is said before the stream begins', async () => {
    const { url } = await serve(json(404, { error: "model 'm' not found, try pulling it first" }));
    expect(await faultOf(read(url))).toEqual({ kind: 'model_missing', model: 'm' });
  });

  test('a caller who leaves ends the request on the wire', async () => {
    const gone = Promise.withResolvers<void>();
    const { url } = await serve((response) => {
      response.on('close', () => gone.resolve());
      response.writeHead(200);
      response.write(line('Hel'));
    });
    const caller = new AbortController();
    const work = faultOf(read(url, caller.signal));
    setTimeout(() => caller.abort(), 50);
    expect(await work).toEqual({ kind: 'caller_left' });
    await gone.promise;
  });
});

describe('complete', () => {
  const complete = (url: string, model = 'm', signal = NEVER) =>
    client(url).complete(signal, {
      model,
      messages: [{ role: 'user', content: 'q' }],
      numCtx: 2048,
      maxTokens: 9,
      schema: { type: 'object' },
    });
  const whole = (content: string) => json(200, { model: 'm', message: { role: 'assistant', content }, done: true, done_reason: 'stop' });

  test('the text in one piece; schema, bounds and repeatability are asked for', async () => {
    const { url, seen } = await serve(whole('{"a": 1}'));
    expect(await complete(url)).toBe('{"a": 1}');
    const options = { num_ctx: 2048, num_predict: 9, temperature: 0, seed: 0 };
    expect(seen).toMatchObject([{ path: '/api/chat', body: { stream: false, format: { type: 'object' }, think: false, options } }]);
  });

  test.each([
    ['gpt-oss:20b', 'low'],
    ['registry/gpt-oss', 'low'],
    ['qwen3:4b', false],
    ['my-gpt-oss-like', false],
  ])('%s thinks as little as it can: %s', async (model, think) => {
    const { url, seen } = await serve(whole(''));
    expect(await complete(url, model)).toBe('');
    expect(seen).toMatchObject([{ body: { think } }]);
  });

  test.each([
    [404, "model 'm' not found", { kind: 'model_missing', model: 'm' }],
    [400, 'invalid format', { kind: 'status', status: 400 }],
    [500, 'llama runner process has terminated', { kind: 'status', status: 500 }],
  ])('%i %s', async (status, error, fault) => {
    const { url } = await serve(json(status, { error }));
    expect(await faultOf(complete(url))).toEqual(fault);
  });

  test('a caller that leaves ends the call', async () => {
    const left = new AbortController();
    const { url } = await serve(() => left.abort());
    expect(await faultOf(complete(url, 'm', left.signal))).toEqual({ kind: 'caller_left' });
  });
});
