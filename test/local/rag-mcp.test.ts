import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { main } from '../../local/commands/main.ts';

// `rag mcp` in this process: a line of JSON-RPC in, a line out, and nothing else on standard output.

type Answered = { id: number; result?: { tools?: { name: string }[]; isError?: boolean; structuredContent?: unknown }; error?: unknown };

/** Speaks with `rag mcp` before a gateway that answers so. */
async function session(gateway: (path: string) => Response | Promise<Response>, requests: readonly object[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const status = main(['mcp'], {
    env: { RAG_API_KEY: 'k', RAG_URL: 'http://rag.test' },
    cwd: tmpdir(),
    home: tmpdir(),
    script: 'rag.js',
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    fetch: async (input) => gateway(new URL(new Request(input).url).pathname),
    signal: new AbortController().signal,
  });
  let out = '';
  stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'tests', version: '1' } };
  const all = [{ method: 'initialize', params: hello }, ...requests];
  for (const [i, request] of all.entries()) {
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: i, ...request })}\n`);
    while (out.split('\n').length < i + 2) await once(stdout, 'data');
  }
  stdin.end();
  const lines = out.trimEnd().split('\n');
  return { status: await status, answers: lines.map((line) => JSON.parse(line) as Answered), said: String(stderr.read() ?? '') };
}
const kong = (status: number, message: string) => new Response(JSON.stringify({ message }), { status });
const LIST = { method: 'tools/list' };
const SEARCH = { method: 'tools/call', params: { name: 'search', arguments: { query: 'x' } } };
const names = (answered: Answered | undefined) => answered?.result?.tools?.map(({ name }) => name) ?? [];

test('a key that may not write is not offered the tool that writes, and is asked about once', async () => {
  const asked: string[] = [];
  const { status, answers, said } = await session(
    (path) => {
      asked.push(path);
      return kong(403, 'You cannot consume this service');
    },
    [LIST, LIST],
  );
  expect(names(answers[1])).toEqual(['search', 'query', 'list_collections', 'get_document']);
  expect(asked).toEqual(['/api/v1/rag/ingest']);
  expect({ status, said }).toEqual({ status: 0, said: '' });
});

test('a key that may is offered it', async () => {
  const { answers } = await session(() => kong(405, 'no such method'), [LIST]);
  expect(names(answers[1])).toContain('ingest_text');
});

test('without a service all is offered, and a tool says that nobody is there', async () => {
  const { status, answers } = await session(() => Promise.reject(new TypeError('fetch failed')), [LIST, SEARCH]);
  expect(names(answers[1])).toContain('ingest_text');
  expect(answers[2]).toMatchObject({ result: { isError: true, structuredContent: { code: 'unreachable', status: 0 } } });
  expect(status).toBe(0);
});

test("the gateway's refusal of a key is a tool's error", async () => {
  const { answers } = await session(() => kong(401, 'Unauthorized'), [SEARCH]);
  expect(answers[1]).toMatchObject({ result: { isError: true, structuredContent: { code: 'unauthorized', status: 401 } } });
});
