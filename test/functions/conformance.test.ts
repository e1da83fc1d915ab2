import { expect, test } from 'vitest';
import { expectConformity, watched } from './call.ts';

// What every other suite relies on: an answer that is not in the document fails the test that saw it.

const health = { status: 'healthy', version: '1', redis: 'up' };
const breakers = { ollama_embedding: 'closed', ollama_generation: 'closed', qdrant_search: 'closed', qdrant_write: 'closed' };
const problem = {
  type: 'urn:rag:problem:route_not_found',
  title: 'Route not found',
  status: 404,
  code: 'route_not_found',
  detail: 'There is nothing at this path.',
  requestId: 'a',
};
const answer = (status: number, body: unknown, type = 'application/json', headers: Record<string, string> = {}) => {
  const text = body === null ? null : JSON.stringify(body);
  return { response: new Response(text, { status, headers: { 'content-type': type, 'x-request-id': 'a', ...headers } }), text };
};

test.each([
  ['an answer as documented', 'GET', '/status/health', answer(200, { ...health, circuitBreakers: breakers })],
  ['a problem as documented', 'GET', '/status/health', answer(404, problem, 'application/problem+json')],
  ['a path that there is not, answered 404', 'GET', '/nothing', answer(404, problem, 'application/problem+json')],
])('passes: %s', async (_, method, path, { response, text }) => {
  await expectConformity({ method, path }, response, { body: text });
});

test.each([
  ['a field is missing', 'GET', '/status/health', answer(200, health), /required property 'circuitBreakers'/],
  ['a field is too many', 'GET', '/status/health', answer(200, { ...health, circuitBreakers: breakers, more: 1 }), /additional/],
  ['a field of another type', 'DELETE', '/collections/a/documents/b', answer(200, { chunksDeleted: '1' }), /must be number/],
  ['a status that is not documented', 'GET', '/status/health', answer(418, {}), /418 is not documented/],
  ['another media type', 'GET', '/status/health', answer(200, health, 'text/plain'), /text\/plain is not documented/],
  [
    'a code of another operation',
    'GET',
    '/status/health',
    answer(404, { ...problem, code: 'job_not_found' }, 'application/problem+json'),
    /code/,
  ],
  ['a path that there is not, answered', 'GET', '/nothing', answer(200, {}), /not documented/],
  ['a method that there is not, answered', 'PUT', '/search', answer(200, {}), /not documented/],
  ['503 without Retry-After', 'POST', '/search', answer(503, null, 'application/problem+json'), /Retry-After is missing/],
])('fails: %s', async (_, method, path, { response, text }, message) => {
  await expect(expectConformity({ method, path }, response, { body: text })).rejects.toThrow(message);
});

const refusal = { message: 'No.', type: 'invalid_request_error', param: null, code: 'model_not_found' };
const RPC = { jsonrpc: '2.0', id: 1 };
test.each([
  [
    'a refusal in another protocol’s words',
    'POST',
    '/chat/completions',
    answer(404, problem, 'application/problem+json'),
    /not documented/,
  ],
  ['a code that this status does not have', 'GET', '/models/a', answer(404, { error: { ...refusal, code: 'oops' } }), /allowed values/],
  ['a model without a name', 'GET', '/models', answer(200, { object: 'list', data: [{ object: 'model' }] }), /'id'/],
  ['an answer of no protocol', 'POST', '/mcp', answer(200, { hello: 'world' }), /'jsonrpc'/],
])('fails, of the other protocols: %s', async (_, method, path, { response, text }, message) => {
  await expect(expectConformity({ method, path }, response, { body: text })).rejects.toThrow(message);
});

test.each([
  ['POST', '/chat/completions', 'data: {"choices":[]}\n\n', 'data: [DONE]\n\n'],
  ['POST', '/mcp', 'event: message\ndata: {"hello":"world"}\n\n', `event: message\ndata: ${JSON.stringify({ ...RPC, result: {} })}\n\n`],
])('%s %s: what a stream without named events says is checked, once it has been read', async (method, path, wrong, right) => {
  const checks: Promise<void>[] = [];
  const read = async (text: string) => {
    const { response } = answer(200, null, 'text/event-stream');
    const request = new Request(`http://functions.test${path === '/mcp' ? '/api/v1/rag' : '/v1'}${path}`, { method });
    expect(await watched(request, new Response(text, response), (check) => void checks.push(check)).text()).toBe(text);
  };
  await read(right);
  await expect(checks[0]).resolves.toBeUndefined();
  await read(wrong);
  await expect(checks[1]).rejects.toThrow(/must have required property/);
});

test('fails: an event that is not documented, or whose data is not', async () => {
  const { response } = answer(200, null, 'text/event-stream');
  const events = [{ event: 'token', data: { text: 1 } }];
  const check = (seen: { event: string; data: unknown }[]) =>
    expectConformity({ method: 'POST', path: '/query' }, response, { body: null, events: seen });
  await expect(check(events)).rejects.toThrow(/must be string/);
  await expect(check([{ event: 'thought', data: { text: '' } }])).rejects.toThrow(/the event thought/);
  await check([{ event: 'token', data: { text: 'a' } }]);
});
