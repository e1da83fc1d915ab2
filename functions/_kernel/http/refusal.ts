import { RagError } from '../client/error.ts';
import { Failure, UpstreamFault, type FailureReason } from '../failure.ts';
import { problem, retryAfter, type Problem } from './problem.ts';

function reasonOf(error: unknown): FailureReason {
  if (error instanceof Failure) return error.reason;
  if (error instanceof UpstreamFault && error.dependency !== 'redis') {
    return { code: 'dependency_unavailable', dependency: error.dependency, breaker: 'closed', retryAfterMs: 1000 };
  }
  return { code: 'internal' };
}

/** What another function said no with, said again; 503 when it did not answer at all. */
function ofPeer({ code, status, message, retryAfterMs, dependency }: RagError, requestId: string) {
  const body = {
    type: `urn:rag:problem:${code}`,
    title: 'Refused by the function that was asked',
    status: status === 0 ? 503 : status,
    code: code as Problem['code'],
    detail: message,
    requestId,
    ...(dependency !== null && { dependency }),
    ...(retryAfterMs !== null && { retryAfterMs }),
  };
  return { body, headers: { 'Content-Type': 'application/problem+json', ...(retryAfterMs !== null && retryAfter(retryAfterMs)) } };
}

/** The problem of whatever went wrong, and the headers that go with it. */
export function problemOf(error: unknown, requestId: string): { body: Problem; headers: Record<string, string> } {
  return error instanceof RagError ? ofPeer(error, requestId) : problem(reasonOf(error), requestId);
}
