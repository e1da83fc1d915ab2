import type { FailureReason, FieldError } from '../failure.ts';

/** RFC 9457 problem details with the service's own stable `code`. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: FailureReason['code'];
  detail: string;
  requestId: string;
  retryAfterMs?: number;
  errors?: FieldError[];
  dependency?: string;
  breaker?: string;
  differences?: { field: string; stored: string; configured: string }[];
};

type Wire = Omit<Problem, 'type' | 'code' | 'requestId'> & { headers?: Record<string, string> };

/** `Retry-After` in whole seconds, at least 1 (RFC 9110, section 10.2.3). */
export const retryAfter = (retryAfterMs: number) => ({ 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) });

/** What a client sees of a failure: fixed sentences only, so nothing of an upstream, a document or a secret can leak. */
function wire(reason: FailureReason): Wire {
  switch (reason.code) {
    case 'invalid_request':
      return {
        status: 400,
        title: 'Invalid request',
        detail: 'The request has fields that are wrong; each is listed in errors.',
        errors: reason.errors,
      };
    case 'query_too_long':
      return {
        status: 400,
        title: 'Query too long',
        detail: `The question has ${reason.length} characters; at most ${reason.limit} are allowed. Shorten it, or ingest the text as a document.`,
      };
    case 'service_token_invalid':
      return {
        status: 401,
        title: 'Not through the gateway',
        detail: 'The request did not come through the gateway. Send it to the gateway, with your API key or token.',
      };
    case 'role_missing':
      return { status: 403, title: 'Role missing', detail: `This needs the role ${reason.role}, which your credential does not have.` };
    case 'collection_not_found':
      return {
        status: 404,
        title: 'Collection not found',
        detail: 'There is no such collection. GET /api/v1/rag/collections lists yours; ingesting into a new name creates it.',
      };
    case 'document_not_found':
      return { status: 404, title: 'Document not found', detail: 'There is no such document in this collection.' };
    case 'job_not_found':
      return { status: 404, title: 'Job not found', detail: 'There is no such ingestion job.' };
    case 'route_not_found':
      return {
        status: 404,
        title: 'Route not found',
        detail: 'There is nothing at this path. The operations are /search, /query, /ingest, /collections and /status under /api/v1/rag.',
      };
    case 'method_not_allowed':
      return {
        status: 405,
        title: 'Method not allowed',
        detail: `This path answers ${reason.allow.join(', ')}.`,
        headers: { Allow: reason.allow.join(', ') },
      };
    case 'body_too_large':
      return {
        status: 413,
        title: 'Body too large',
        detail: `The body may have at most ${reason.limitBytes} bytes. Send fewer documents at once, or split the file.`,
      };
    case 'media_type_unsupported':
      return { status: 415, title: 'Media type unsupported', detail: `This accepts ${reason.accepted.join(', ')}.` };
    case 'collection_exists':
      return {
        status: 409,
        title: 'Collection exists',
        detail: 'A collection of this name exists already. Choose another name, or delete it first.',
      };
    case 'index_mismatch':
      return {
        status: 409,
        title: 'Index mismatch',
        detail: `The collection was indexed with another ${reason.differences.map((d) => d.field).join(', ')} than is configured. Configure what it was indexed with, or reindex it: POST /api/v1/rag/collections/{name}/reindex.`,
        differences: reason.differences,
      };
    case 'idempotency_key_reused':
      return {
        status: 409,
        title: 'Idempotency key reused',
        detail: 'This Idempotency-Key was used with another body. Use a new key for a new request.',
      };
    case 'document_unreadable':
      return {
        status: 422,
        title: 'Document unreadable',
        detail: 'No document of the request could be read; the reason for each is in errors. Nothing was stored.',
        errors: reason.errors,
      };
    case 'token_budget_spent':
      return {
        status: 429,
        title: 'Token budget spent',
        detail: 'The token budget of your credential is spent for now.',
        retryAfterMs: reason.retryAfterMs,
        headers: retryAfter(reason.retryAfterMs),
      };
    case 'dependency_unavailable':
      return {
        status: 503,
        title: 'Dependency unavailable',
        detail: 'A service that this answer needs is not available. Try again after the time given.',
        dependency: reason.dependency,
        breaker: reason.breaker,
        retryAfterMs: Math.max(0, Math.round(reason.retryAfterMs)),
        headers: retryAfter(reason.retryAfterMs),
      };
    case 'deadline_exceeded':
      return {
        status: 504,
        title: 'Deadline exceeded',
        detail: 'A service that this answer needs did not answer in time.',
        dependency: reason.dependency,
      };
    case 'internal':
      return { status: 500, title: 'Internal error', detail: 'Something failed inside the service. The request id finds it in the log.' };
  }
}

/**
 * Maps a failure to its RFC 9457 problem and the headers that go with it.
 *
 * 429 and 503 carry `Retry-After` in whole seconds, at least 1 (RFC 9110, section 10.2.3).
 */
export function problem(reason: FailureReason, requestId: string): { body: Problem; headers: Record<string, string> } {
  const { headers = {}, ...rest } = wire(reason);
  const body = { type: `urn:rag:problem:${reason.code}`, code: reason.code, requestId, ...rest };
  return { body, headers: { 'Content-Type': 'application/problem+json', ...headers } };
}
