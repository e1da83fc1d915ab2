import { expect, test } from 'vitest';
import { failedResult } from '../../../functions/mcp/results.ts';
import mcp from '../../../functions/mcp/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, connect, INITIALIZE } from './session.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
useLibrary(world);

/** The problem's own sentence, when to come again, the code, and what finds it in the log. */
const SAYS =
  /^A service that this answer needs is not available\. Try again after the time given\. Try again in \d+ s\. \(dependency_unavailable\) Request [\w-]+\.$/;

test.each([
  ['search', { query: 'bread' }],
  ['query', { question: 'What does bread need?' }],
  ['list_collections', {}],
  ['get_document', { id: 'bread.txt' }],
  ['ingest_text', { text: 'new' }],
])('503 of the service is an error of the tool %s, with the dependency and when to try again', async (name, args) => {
  world.forget();
  await world.fault('qdrant', { mode: 'down' });
  try {
    const client = await connect(world);
    const result = await client.callTool({ name, arguments: args });
    expect(result).toMatchObject({
      isError: true,
      structuredContent: {
        code: 'dependency_unavailable',
        status: 503,
        dependency: expect.stringMatching(/^qdrant_/),
        requestId: expect.any(String),
      },
      content: [{ type: 'text', text: expect.stringMatching(SAYS) }],
    });
    await client.close();
  } finally {
    await world.fault('qdrant', { mode: 'up' });
  }
});

test('a function that is not bound is a fault of the configuration: 500, and nothing of it is told', async () => {
  const answer = await call(mcp, { ...world.env, QUERY_FUNCTION: undefined }, { path: '/mcp', json: INITIALIZE, headers: ACCEPT });
  expectProblem(answer, 500, 'internal');
  expect(answer.text).not.toContain('QUERY_FUNCTION');
});

test('of an error that nobody foresaw a tool tells nothing', () => {
  const { isError, content } = failedResult(new TypeError('at rag/worker.ts: the text of a document'));
  expect({ isError, content }).toEqual({
    isError: true,
    content: [{ type: 'text', text: 'Something failed inside the service. (internal)' }],
  });
});
