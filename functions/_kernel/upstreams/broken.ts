import { UpstreamFault, type Dependency, type Fault } from '../failure.ts';

/** `Retry-After` in whole seconds or as an HTTP date (RFC 9110, section 10.2.3), in milliseconds from `now`; undefined when absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * Names what became of a call that threw without an answer: the caller left, a deadline passed (its reason is the fault), or the
 * connection broke.
 */
export function brokenCall(dependency: Dependency, signal: AbortSignal, cause: unknown): UpstreamFault {
  if (cause instanceof UpstreamFault) return cause;
  if (signal.aborted)
    return signal.reason instanceof UpstreamFault ? signal.reason : new UpstreamFault(dependency, { kind: 'caller_left' }, cause);
  return new UpstreamFault(dependency, { kind: 'connection' }, cause);
}

/** A fault for an answer with an error status; `retryAfterMs` only where the upstream gave one. */
export function refused(dependency: Dependency, status: number, headers: Headers | null, now: number, cause: unknown): UpstreamFault {
  const wait = retryAfterMs(headers?.get('retry-after') ?? null, now);
  const fault: Fault = { kind: 'status', status, ...(wait !== undefined && { retryAfterMs: wait }) };
  return new UpstreamFault(dependency, fault, cause);
}
