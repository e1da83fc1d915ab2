/** The four breakers, and so the four things an answer can be waiting for. */
export const DEPENDENCIES = ['ollama_embedding', 'ollama_generation', 'qdrant_search', 'qdrant_write'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

/** One wrong field of a request: a JSON path such as `filter.must[0].key` (empty for the whole body), and what to do about it. */
export type FieldError = { path: string; message: string };

/** One respect in which a collection's index and the running configuration differ. */
export type IndexDifference = { field: string; stored: string; configured: string };

export type Role = 'reader' | 'writer' | 'admin';

/** Every way in which a request can fail. Mapped to the wire by one exhaustive switch in `http/problem.ts`. */
export type FailureReason =
  | { code: 'invalid_request'; errors: FieldError[] }
  | { code: 'query_too_long'; length: number; limit: number }
  | { code: 'service_token_invalid' }
  | { code: 'role_missing'; role: Role }
  | { code: 'collection_not_found'; collection: string }
  | { code: 'document_not_found'; documentId: string }
  | { code: 'job_not_found'; jobId: string }
  | { code: 'route_not_found' }
  | { code: 'method_not_allowed'; allow: string[] }
  | { code: 'body_too_large'; limitBytes: number }
  | { code: 'media_type_unsupported'; accepted: string[] }
  | { code: 'collection_exists'; collection: string }
  | { code: 'index_mismatch'; collection: string; differences: IndexDifference[] }
  | { code: 'idempotency_key_reused' }
  | { code: 'document_unreadable'; errors: FieldError[] }
  | { code: 'token_budget_spent'; retryAfterMs: number }
  | { code: 'dependency_unavailable'; dependency: Dependency; breaker: 'open' | 'probing' | 'closed'; retryAfterMs: number }
  | { code: 'deadline_exceeded'; dependency: Dependency }
  | { code: 'internal' };

/**
 * A request that cannot be answered, with its reason for the client and its cause for the log.
 *
 * `reason` is safe to show; `cause` may hold an upstream's words and never leaves the process except to the log.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: FailureReason;
  constructor(reason: FailureReason, cause?: unknown) {
    super(reason.code, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/**
 * What went wrong between us and a dependency, as the client that spoke to it saw it.
 *
 * Judged by `policy/verdict.ts`: some kinds count against the dependency, some are our own fault, some say nothing.
 */
export type Fault =
  | { kind: 'timeout'; phase: 'first_byte' | 'idle' | 'total' }
  | { kind: 'connection' }
  | { kind: 'status'; status: number; retryAfterMs?: number }
  | { kind: 'stream_error' }
  | { kind: 'stream_cut' }
  | { kind: 'bad_embedding'; why: 'non_finite' | 'wrong_dimension' | 'wrong_count' }
  | { kind: 'bad_answer' }
  | { kind: 'model_missing'; model: string }
  | { kind: 'input_too_long' }
  | { kind: 'caller_left' };

/** An upstream call that did not give a usable answer; thrown by `upstreams/`, judged by `policy/`. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault';
  readonly dependency: Dependency | 'redis';
  readonly fault: Fault;
  constructor(dependency: Dependency | 'redis', fault: Fault, cause?: unknown) {
    super(`${dependency}: ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''}`, cause === undefined ? undefined : { cause });
    this.dependency = dependency;
    this.fault = fault;
  }
}

/** Whether a dependency could not be had: its breaker is open, it failed or was late, or its model is missing. */
export function isUnavailable(error: unknown, dependency: Dependency): boolean {
  if (error instanceof UpstreamFault) return error.dependency === dependency && error.fault.kind === 'model_missing';
  if (!(error instanceof Failure)) return false;
  const { reason } = error;
  return (reason.code === 'dependency_unavailable' || reason.code === 'deadline_exceeded') && reason.dependency === dependency;
}
