import { expect, test } from 'vitest';
import { RETRIES_PER_CALL } from '../../functions/_kernel/limits.ts';
import { createOllama } from '../../functions/_kernel/upstreams/ollama.ts';
import { openWriter, type Writer } from '../../functions/_kernel/writer.ts';
import { alone, whileTimePasses } from './policy/alone.ts';
import { outcomeOf } from './policy/fleet.ts';

const { guard } = alone();
const messages = [{ role: 'user' as const, content: 'Why?' }];

/** How often a writer that fails at once is called. */
async function callsOf(work: (writer: Writer) => Promise<unknown>): Promise<number> {
  let chats = 0;
  const fetching: typeof fetch = async (input) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    expect(pathname).toBe('/api/chat');
    chats += 1;
    return Response.json({ error: 'llama runner process has terminated' }, { status: 500 });
  };
  const ollama = createOllama({ url: 'http://ollama.local', headers: {}, fetch: fetching });
  const model = { name: 'm', loaded: async () => true };
  expect(await whileTimePasses(outcomeOf(work(openWriter({ model, numCtx: 4_096 }, ollama, guard(), () => guard()))))).toMatchObject({
    code: 'dependency_unavailable',
  });
  return chats;
}

test('a writer that fails at once is called once for a completion, and for an answer again as often as a call may be', async () => {
  expect(await callsOf((writer) => writer.complete(messages, { maxTokens: 9, withinMs: 1_000, schema: {} }))).toBe(1);
  expect(await callsOf((writer) => writer.write(messages, 9))).toBe(1 + RETRIES_PER_CALL);
});
