import { expect, test } from 'vitest';
import type { FailureReason } from '../../../functions/_kernel/failure.ts';
import { problem } from '../../../functions/_kernel/http/problem.ts';

/** One of each reason: the compiler asks for a new one here, too. */
const REASONS: { [code in FailureReason['code']]: [Extract<FailureReason, { code: code }>, number] } = {
  invalid_request: [{ code: 'invalid_request', errors: [{ path: 'limit', message: 'must be a whole number from 1 to 100' }] }, 400],
  query_too_long: [{ code: 'query_too_long', length: 10_001, limit: 10_000 }, 400],
  service_token_invalid: [{ code: 'service_token_invalid' }, 401],
  role_missing: [{ code: 'role_missing', role: 'writer' }, 403],
  collection_not_found: [{ code: 'collection_not_found', collection: 'secret-name' }, 404],
  document_not_found: [{ code: 'document_not_found', documentId: 'secret-name' }, 404],
  job_not_found: [{ code: 'job_not_found', jobId: 'secret-name' }, 404],
  route_not_found: [{ code: 'route_not_found' }, 404],
  method_not_allowed: [{ code: 'method_not_allowed', allow: ['GET', 'POST'] }, 405],
  body_too_large: [{ code: 'body_too_large', limitBytes: 1_048_576 }, 413],
  media_type_unsupported: [{ code: 'media_type_unsupported', accepted: ['application/json'] }, 415],
  collection_exists: [{ code: 'collection_exists', collection: 'secret-name' }, 409],
  index_mismatch: [
    { code: 'index_mismatch', collection: 'secret-name', differences: [{ field: 'model', stored: 'a', configured: 'b' }] },
    409,
  ],
  idempotency_key_reused: [{ code: 'idempotency_key_reused' }, 409],
  document_unreadable: [{ code: 'document_unreadable', errors: [{ path: 'a.md', message: 'is empty' }] }, 422],
  token_budget_spent: [{ code: 'token_budget_spent', retryAfterMs: 61_001 }, 429],
  dependency_unavailable: [{ code: 'dependency_unavailable', dependency: 'qdrant_search', breaker: 'open', retryAfterMs: 1_200.4 }, 503],
  deadline_exceeded: [{ code: 'deadline_exceeded', dependency: 'ollama_embedding' }, 504],
  internal: [{ code: 'internal' }, 500],
};

test.each(Object.values(REASONS))('$code has a wire form that is complete', (reason, status) => {
  const { body, headers } = problem(reason, 'req-1');
  expect(body).toMatchObject({ type: `urn:rag:problem:${reason.code}`, status, code: reason.code, requestId: 'req-1' });
  expect(body.title).toMatch(/^[A-Z][\w ]+$/);
  expect(body.detail).toMatch(/^[A-Z].*[.}]$/);
  expect(headers['Content-Type']).toBe('application/problem+json');
  // What is not there must not show whether it is there for another tenant.
  if (status === 404 || status === 409) expect(JSON.stringify(body)).not.toContain('secret-name');
});

test.each([
  [0, '1'],
  [1, '1'],
  [1_000, '1'],
  [1_001, '2'],
  [30_000, '30'],
])('Retry-After: %i ms are %s whole seconds, at least one', (retryAfterMs, seconds) => {
  for (const reason of [
    { code: 'dependency_unavailable', dependency: 'qdrant_write', breaker: 'closed', retryAfterMs } as const,
    { code: 'token_budget_spent', retryAfterMs } as const,
  ]) {
    const { body, headers } = problem(reason, 'req-1');
    expect(headers['Retry-After']).toBe(seconds);
    expect(body.retryAfterMs).toBe(retryAfterMs);
  }
});

test('a 405 names the methods in Allow, a 503 names dependency and breaker', () => {
  expect(problem(REASONS.method_not_allowed[0], 'r').headers['Allow']).toBe('GET, POST');
  expect(problem(REASONS.dependency_unavailable[0], 'r').body).toMatchObject({
    dependency: 'qdrant_search',
    breaker: 'open',
    retryAfterMs: 1_200,
  });
});
