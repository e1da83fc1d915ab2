import { expect } from 'vitest';
import OpenAI from 'openai';
import chat from '../../../functions/chat/worker.ts';
import { deferred, expectConformity, vouched, watched, type Answer, type Caller } from '../call.ts';
import type { Bindings } from '../world.ts';

/** Asks the function as the gateway would. */
export async function send(
  env: Bindings,
  asked: { method?: string; path: string; json?: unknown; body?: string; headers?: Record<string, string>; as?: Caller },
): Promise<Response> {
  const { path, json, body = json === undefined ? undefined : JSON.stringify(json), headers, as } = asked;
  const { method = body === undefined ? 'GET' : 'POST' } = asked;
  const request = new Request(`http://functions.test/v1${path}`, {
    method,
    headers: { ...vouched(as), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
  return chat.fetch(request, env, deferred().context);
}

/** Asks, and waits for the whole answer. */
export async function ask(env: Bindings, asked: Parameters<typeof send>[1]): Promise<Answer> {
  const response = await send(env, asked);
  const text = await response.text();
  const { path, json, body: given, method = json === undefined && given === undefined ? 'GET' : 'POST' } = asked;
  await expectConformity({ method, path }, response, { body: text });
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text };
}

/** Checks that an answer is a refusal in OpenAI's shape, whole and of this kind. */
export function expectRefusal(answer: Answer, status: number, error: { type: string; code: string; param?: string | null }): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(Object.keys(answer.body)).toEqual(['error']);
  expect(answer.body.error).toEqual({
    message: expect.stringMatching(/^\w.*/),
    param: error.param ?? null,
    type: error.type,
    code: error.code,
  });
}

/** OpenAI's own client before the function, as somebody whom the gateway vouched for. */
export function openai(env: Bindings, as: Caller = {}): OpenAI {
  const fetch = async (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(vouched(as))) request.headers.set(name, value);
    const { context } = deferred();
    return watched(request, await chat.fetch(request, env, context), (check) => context.waitUntil(check));
  };
  // In workerd it takes itself to be in a browser, where a key would be seen by everybody.
  return new OpenAI({ apiKey: 'unseen', baseURL: 'http://functions.test/v1', fetch, maxRetries: 0, dangerouslyAllowBrowser: true });
}

/** What most tests ask. */
export const QUESTION = { model: 'default', messages: [{ role: 'user' as const, content: 'When does a breaker recover?' }] };
