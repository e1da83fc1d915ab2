import type { FailureReason } from '../../functions/_kernel/failure.ts';
import { DEPENDENCIES } from '../../functions/_kernel/failure.ts';
import { problem } from '../../functions/_kernel/http/problem.ts';
import type { Code, JsonSchema, Operation } from './operation.ts';

/** One of each failure, as a caller may meet it. */
export const SAMPLES: { [C in Code]: Extract<FailureReason, { code: C }> } = {
  invalid_request: { code: 'invalid_request', errors: [{ path: 'limit', message: 'must be a whole number from 1 to 100' }] },
  query_too_long: { code: 'query_too_long', length: 12_345, limit: 10_000 },
  service_token_invalid: { code: 'service_token_invalid' },
  role_missing: { code: 'role_missing', role: 'writer' },
  collection_not_found: { code: 'collection_not_found', collection: 'handbook' },
  document_not_found: { code: 'document_not_found', documentId: 'leave.md' },
  job_not_found: { code: 'job_not_found', jobId: '0b7c9a52-6f0e-5d0a-9a59-3f6f0f0c2f11' },
  route_not_found: { code: 'route_not_found' },
  method_not_allowed: { code: 'method_not_allowed', allow: ['GET'] },
  body_too_large: { code: 'body_too_large', limitBytes: 1_048_576 },
  media_type_unsupported: { code: 'media_type_unsupported', accepted: ['application/json'] },
  collection_exists: { code: 'collection_exists', collection: 'handbook' },
  index_mismatch: {
    code: 'index_mismatch',
    collection: 'handbook',
    differences: [{ field: 'model', stored: 'nomic-embed-text', configured: 'mxbai-embed-large' }],
  },
  idempotency_key_reused: { code: 'idempotency_key_reused' },
  document_unreadable: {
    code: 'document_unreadable',
    errors: [{ path: 'scan.pdf', message: 'has no text; it may be a scan, which needs character recognition first' }],
  },
  token_budget_spent: { code: 'token_budget_spent', retryAfterMs: 60_000 },
  dependency_unavailable: { code: 'dependency_unavailable', dependency: 'qdrant_search', breaker: 'open', retryAfterMs: 28_500 },
  deadline_exceeded: { code: 'deadline_exceeded', dependency: 'qdrant_search' },
  internal: { code: 'internal' },
};

const REQUEST_ID = '2f6c1f0e-9f7a-4b43-9f0e-5f0d3a1f7c55';
export const sampleOf = (code: Code) => problem(SAMPLES[code], REQUEST_ID).body;
export const CODES = Object.keys(SAMPLES) as Code[];

const list = (...names: string[]): JsonSchema => ({
  type: 'array',
  items: {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
    additionalProperties: false,
  },
});
const milliseconds: JsonSchema = { type: 'integer', minimum: 0, description: 'Milliseconds until it is worth asking again.' };
const dependency: JsonSchema = { enum: [...DEPENDENCIES], description: 'Which dependency it was.' };

/** What a problem has beside what every problem has. */
const EXTRAS: Partial<Record<Code, Record<string, JsonSchema>>> = {
  invalid_request: { errors: list('path', 'message') },
  document_unreadable: { errors: list('path', 'message') },
  index_mismatch: { differences: list('field', 'stored', 'configured') },
  token_budget_spent: { retryAfterMs: milliseconds },
  dependency_unavailable: {
    dependency,
    breaker: { enum: ['open', 'probing', 'closed'], description: 'What its circuit breaker does.' },
    retryAfterMs: milliseconds,
  },
  deadline_exceeded: { dependency },
};

const pascal = (code: string) => code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
export const problemName = (code: Code) => `${pascal(code)}Problem`;

/** The schema of a problem with this code (RFC 9457, section 3), exactly. */
export function problemSchema(code: Code): JsonSchema {
  const { type, title, status } = sampleOf(code);
  const properties: Record<string, JsonSchema> = {
    type: { const: type },
    title: { const: title },
    status: { const: status },
    code: { const: code, description: 'Stable; write programs against this.' },
    detail: { type: 'string', description: 'A sentence for people. Never an upstream’s text.' },
    requestId: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$', description: 'Finds the request in the log.' },
    ...EXTRAS[code],
  };
  return {
    type: 'object',
    description: `${title}.`,
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** Every code that an operation can answer with: its own, and those of its kind. */
export function codesOf({ role, body, parameters, codes, speaks }: Operation): Code[] {
  const all = new Set<Code>(['route_not_found', 'method_not_allowed', 'internal', ...codes]);
  if (role !== null) for (const code of ['service_token_invalid', 'role_missing'] as const) all.add(code);
  // The protocol's own SDK judges what is sent to it.
  if (body !== undefined && speaks !== 'json-rpc')
    for (const code of ['invalid_request', 'body_too_large', 'media_type_unsupported'] as const) all.add(code);
  if (parameters.length > 0 && speaks === undefined) all.add('invalid_request');
  return CODES.filter((code) => all.has(code));
}
