import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { readFileSync, writeFileSync } from 'node:fs';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { exchange, puppets, type Recorded } from '../functions/recorded.ts';
import { useWorld } from '../functions/world.ts';

// Holds the recorded sessions against what the protocols' own clients say today. A new version of a client may say something else:
// RECORD=1 writes the files anew, for the difference to be read.

const world = useWorld({}, puppets);

function recorder(): { fetch: typeof fetch; session: Recorded[] } {
  const session: Recorded[] = [];
  return {
    session,
    async fetch(input, init) {
      const { recorded, response } = await exchange(world.env, new Request(input, init));
      session.push(recorded);
      return response;
    },
  };
}

function hold(name: string, session: readonly Recorded[]): void {
  const file = new URL(`../functions/sessions/${name}.json`, import.meta.url);
  if (process.env['RECORD'] !== undefined) writeFileSync(file, `${JSON.stringify(session, null, 2)}\n`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(session)));
}

test("the protocol's own client says and is told what was recorded: a handshake, tools, an answer, a document, an error", async () => {
  const { fetch, session } = recorder();
  const client = new Client({ name: 'recorder', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(new StreamableHTTPClientTransport(new URL('http://functions.test/api/v1/rag/mcp'), { fetch }));
  await client.listTools();
  await client.callTool({ name: 'list_collections', arguments: {} });
  await client.callTool({ name: 'search', arguments: { query: 'leave', limit: 1 } });
  await client.callTool({ name: 'query', arguments: { question: 'How many days of leave do I have?' } });
  await client.callTool({ name: 'get_document', arguments: { id: 'leave.md', length: 40 } });
  await client.callTool({ name: 'search', arguments: { query: 'x', collection: 'nowhere' } });
  await client.readResource({ uri: 'rag://default/leave.md#0-20' });
  await client.close();
  // The stream that a client asks for beside its requests is refused: the server is stateless.
  hold(
    'mcp',
    session.filter(({ request }) => request.method === 'POST'),
  );
});

test("OpenAI's own client says and is told what was recorded: models, an answer, a stream, no answer, no model", async () => {
  const { fetch, session } = recorder();
  const client = new OpenAI({ apiKey: 'unseen', baseURL: 'http://functions.test/v1', fetch, maxRetries: 0 });
  const ask = (content: string) => ({ model: 'handbook', messages: [{ role: 'user' as const, content }] });
  await client.models.list();
  await client.models.retrieve('handbook');
  await client.chat.completions.create(ask('How many days of leave do I have?'));
  for await (const _ of await client.chat.completions.create({ ...ask('How many days of leave do I have?'), stream: true })) continue;
  await client.chat.completions.create(ask('Wer gewann die Tour de France 1987?'));
  await expect(client.chat.completions.create({ ...ask('Why?'), model: 'nowhere' })).rejects.toThrow('404');
  hold('openai', session);
});
