import { RagError, type RagErrorCode } from '../client/error.ts';
import { Failure, UpstreamFault, type FailureReason } from '../failure.ts';
import { RETRY_LATER_MS } from '../limits.ts';
import { problem, retryAfter, type Problem } from './problem.ts';

function reasonOf(error: unknown): FailureReason {
  if (error instanceof Failure) return error.reason;
  if (error instanceof UpstreamFault && error.dependency !== 'redis') {
    return { code: 'dependency_unavailable', dependency: error.dependency, breaker: 'closed', retryAfterMs: 1000 };
  }
  return { code: 'internal' };
}

/** What the client found itself: nobody answered, or somebody for the function, or not with an answer. */
const FOUND: ReadonlySet<RagErrorCode> = new Set([
  'unreachable',
  'stream_cut',
  'gateway_error',
  'rate_limited',
  'redirected',
  'unauthorized',
  'forbidden',
  'unexpected_answer',
]);

/** What another function said no with, said again; 503 when it did not answer, 500 when what it answered is no answer. */
function ofPeer({ code, status, message, retryAfterMs, dependency }: RagError, requestId: string) {
  const isAway = status === 0 || (code === 'gateway_error' && status > 500);
  if (FOUND.has(code) && !isAway) return problem({ code: 'internal' }, requestId);
  const laterMs = retryAfterMs ?? (isAway ? RETRY_LATER_MS : null);
  const body: Problem = {
    type: `urn:rag:problem:${isAway ? 'dependency_unavailable' : code}`,
    title: 'Refused by the function that was asked',
    status: isAway ? 503 : status,
    code: isAway ? 'dependency_unavailable' : (code as Problem['code']),
    detail: isAway ? 'A function that this answer needs did not answer. Try again after the time given.' : message,
    requestId,
    ...(dependency !== null && { dependency }),
    ...(laterMs !== null && { retryAfterMs: laterMs }),
  };
  return { body, headers: { 'Content-Type': 'application/problem+json', ...(laterMs !== null && retryAfter(laterMs)) } };
}

/** The problem of whatever went wrong, and the headers that go with it. */
export function problemOf(error: unknown, requestId: string): { body: Problem; headers: Record<string, string> } {
  return error instanceof RagError ? ofPeer(error, requestId) : problem(reasonOf(error), requestId);
}
