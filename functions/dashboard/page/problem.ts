import { RagError } from '../../_kernel/client/client.ts';
import { history } from './health/history.ts';
import { DEPENDENCY } from './words.ts';

/** What went wrong, in a reader's words; the view that says more, and what finds the request in the service's log. */
export type Problem = { text: string; view: 'documents' | 'health' | null; requestId: string | null };

/** Something to say that no answer of the service is behind. */
export const plainly = (text: string): Problem => ({ text, view: null, requestId: null });

/** What is wrong with a dependency, by the code that says so. */
const WITHOUT: Readonly<Record<string, string>> = {
  dependency_unavailable: 'is not possible at the moment.',
  deadline_exceeded: 'took longer than it may.',
};

function ofDependency({ code, dependency, retryAfterMs, message }: RagError): Pick<Problem, 'text' | 'view'> {
  const breakers: Readonly<Record<string, string>> = history.get().health?.circuitBreakers ?? {};
  const what = DEPENDENCY[dependency ?? ''] ?? dependency;
  // Waiting does not help against what somebody did by hand.
  if (dependency !== null && breakers[dependency] === 'isolated')
    return { text: `${what} was isolated by hand; it stays so until an admin closes its breaker.`, view: 'health' };
  const isKnown = dependency !== null && WITHOUT[code] !== undefined;
  const later = retryAfterMs === null ? '' : ` Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`;
  return { text: `${isKnown ? `${what} ${WITHOUT[code]}` : message}${later}`, view: isKnown ? 'health' : null };
}

/** Whether nothing answered: nobody was there, or the browser keeps the answer from the page. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof RagError && error.code === 'unreachable');

/** What went wrong, in one or two sentences. */
export function problemOf(error: unknown): Problem {
  if (isUnreachable(error)) return plainly('The gateway does not answer. Nothing was lost; try again when it is back.');
  if (!(error instanceof RagError)) return plainly(error instanceof Error ? error.message : String(error));
  const { code, requestId } = error;
  if (code === 'collection_not_found') return { text: 'There is no such collection, or not any more.', view: 'documents', requestId };
  return { ...ofDependency(error), requestId };
}
