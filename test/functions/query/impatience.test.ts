import { afterEach, expect, test } from 'vitest';
import { connect } from '../../../functions/_kernel/connect.ts';
import type { Invocation } from '../../../functions/_kernel/http/app.ts';
import { readEnv } from '../../../functions/_kernel/env.ts';
import { Failure } from '../../../functions/_kernel/failure.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
afterEach(async () => world.mend());

const messages = [{ role: 'user' as const, content: 'Question: How does a breaker recover?' }];
const schema = { type: 'object', properties: { queries: { type: 'array', items: { type: 'string' }, maxItems: 1 } } };
/** The writer of one invocation, and the breakers as they are after it. */
async function invoke<T>(work: (writer: ReturnType<typeof connect>['writer']) => Promise<T>) {
  const deferred: Promise<unknown>[] = [];
  const ends: Parameters<Invocation['atEnd']>[0][] = [];
  const { writer, guard } = connect(readEnv(world.env), {
    requestId: 'impatience',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (later) => void deferred.push(later),
    atEnd: (end) => void ends.push(end),
  });
  const result = await work(writer).catch((error: unknown) => error);
  await Promise.allSettled(deferred);
  const breaker = (await guard.states()).find(({ name }) => name === 'ollama_generation');
  const ended = { function: 'query', route: '/query', method: 'POST', status: 200, startedAt: 0, ms: 0 };
  for (const end of ends) await end(ended);
  return { result, breaker };
}

test('a completion takes no longer than it was given, and being slow does not count against the writer', async () => {
  await world.fault('ollama', { mode: 'slow', delayMs: 3_000, route: '/api/chat' });
  const started = performance.now();
  const { result, breaker } = await invoke((writer) => writer.complete(messages, { maxTokens: 50, withinMs: 150, schema }));
  expect(performance.now() - started).toBeLessThan(2_500);
  expect(result).toBeInstanceOf(Failure);
  expect((result as Failure).reason).toEqual({ code: 'deadline_exceeded', dependency: 'ollama_generation' });
  expect(breaker).toMatchObject({ state: 'closed', failures: 0 });
});

test('a writer that fails counts, once for each call', async () => {
  await world.fault('ollama', { mode: 'error', route: '/api/chat' });
  const { breaker } = await invoke((writer) => writer.complete(messages, { maxTokens: 50, withinMs: 5_000, schema }));
  expect(breaker).toMatchObject({ state: 'closed', failures: 1 });
});

test('in time, it is the text by the schema', async () => {
  const { result } = await invoke((writer) => writer.complete(messages, { maxTokens: 50, withinMs: 5_000, schema }));
  expect(result).toBe('{"queries":["breaker recover"]}');
});
