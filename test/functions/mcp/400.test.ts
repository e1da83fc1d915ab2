import { expect, test } from 'vitest';
import mcp from '../../../functions/mcp/worker.ts';
import { call, expectStatus } from '../call.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, connect, INITIALIZE } from './session.ts';

// Breaches of the protocol are answered in the protocol's own words (JSON-RPC 2.0, section 5.1); wrong arguments of a tool are a tool's error.

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
const post = (body: string, headers: Record<string, string> = {}) =>
  call(mcp, world.env, { path: '/mcp', body, headers: { 'content-type': 'application/json', ...ACCEPT, ...headers } });

test.each([
  ['no JSON', '{"jsonrpc": "2.0",', -32_700],
  ['an empty body', '', -32_700],
  ['no JSON-RPC', '{"hello": "world"}', -32_600],
  ['another version of JSON-RPC', JSON.stringify({ ...INITIALIZE, jsonrpc: '1.0', id: null }), -32_600],
])('400: %s', async (_, body, code) => {
  const answer = await post(body);
  expectStatus(answer, 400);
  expect(answer.body).toMatchObject({ jsonrpc: '2.0', error: { code, message: expect.any(String) }, id: null });
});

test('400: a revision of the protocol that there is not, in the header that names it', async () => {
  const answer = await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }), { 'mcp-protocol-version': '1999-01-01' });
  expectStatus(answer, 400);
  expect(answer.body.error.message).toMatch(/protocol version/i);
});

test('406: a client that takes no event stream is told what the transport asks of it', async () => {
  const answer = await post(JSON.stringify(INITIALIZE), { accept: 'application/json' });
  expectStatus(answer, 406);
});

test.each([
  ['search', { query: '' }, /must not be empty/],
  ['search', { query: 'x', limit: 0 }, /1 to 100/],
  ['search', { query: 'x', colour: 'red' }, /colour/],
  ['query', {}, /question/],
  ['get_document', { id: 'a', length: 0 }, /1 to 20000/],
  ['get_document', { id: 'a', collection: '../etc' }, /a–z/],
  ['ingest_text', { text: '' }, /text/],
])('%s with %j is a tool error that names the field', async (name, args, says) => {
  const client = await connect(world);
  const result = await client.callTool({ name, arguments: args });
  expect(result).toMatchObject({ isError: true, content: [{ type: 'text', text: expect.stringMatching(says) }] });
  await client.close();
});

test('what only the service can judge is a tool error with its code and its sentence', async () => {
  const client = await connect(world);
  const long = await client.callTool({ name: 'search', arguments: { query: 'é'.repeat(10_001) } });
  expect(long).toMatchObject({ isError: true, structuredContent: { code: 'query_too_long', status: 400 } });
  const unnamed = await client.callTool({ name: 'ingest_text', arguments: { text: 'x', id: '..' } });
  expect(unnamed).toMatchObject({ isError: true, structuredContent: { code: 'invalid_request' } });
  expect(JSON.stringify(unnamed.content)).toContain('documents[0].id');
  const absent = await client.callTool({ name: 'get_document', arguments: { id: 'nobody', collection: 'nowhere' } });
  expect(absent).toMatchObject({ isError: true, structuredContent: { code: 'collection_not_found', status: 404 } });
  await client.close();
});
