import { expect, test } from 'vitest';
import { expectConformity } from './call.ts';

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

test('fails: an event that is not documented, or whose data is not', async () => {
  const { response } = answer(200, null, 'text/event-stream');
  const events = [{ event: 'token', data: { text: 1 } }];
  const check = (seen: { event: string; data: unknown }[]) =>
    expectConformity({ method: 'POST', path: '/query' }, response, { body: null, events: seen });
  await expect(check(events)).rejects.toThrow(/must be string/);
  await expect(check([{ event: 'thought', data: { text: '' } }])).rejects.toThrow(/the event thought/);
  await check([{ event: 'token', data: { text: 'a' } }]);
});
