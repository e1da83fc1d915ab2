import type { Fault } from '../failure.ts';

/** `fault` counts against the dependency, `ours` is an answer that we brought upon ourselves, `inconclusive` says nothing about it. */
export type Verdict = 'fault' | 'inconclusive' | 'ours';

/** Whose deadline ran out: the dependency's usual one, that of a model which was still loading, or the caller's remaining time. */
export type DeadlineOwner = 'dependency' | 'cold_load' | 'caller';

/**
 * Judges what a call came to.
 *
 * A 4xx is our fault but for 408 and 429, as in RFC 9110 section 15.5 ("the client seems to have erred"). A deadline that was
 * not the dependency's own is inconclusive: an impatient caller or a loading model must not open the breaker of others.
 */
export function verdict(fault: Fault, deadline: DeadlineOwner = 'dependency'): Verdict {
  switch (fault.kind) {
    case 'timeout':
      return deadline === 'dependency' ? 'fault' : 'inconclusive';
    case 'connection':
    case 'stream_error':
    case 'stream_cut':
    case 'bad_embedding':
    case 'bad_answer':
      return 'fault';
    case 'status':
      return fault.status === 408 || fault.status === 429 || fault.status >= 500 ? 'fault' : 'ours';
    case 'model_missing':
    case 'input_too_long':
      return 'ours';
    case 'caller_left':
      return 'inconclusive';
  }
}

/**
 * Whether the same call may well succeed a moment later.
 *
 * Time-outs are not retried: the caller's patience is spent. Nor is an answer that was wrong, since the model would repeat it.
 */
export function transient(fault: Fault): boolean {
  switch (fault.kind) {
    case 'connection':
    case 'stream_cut':
      return true;
    case 'status':
      return [408, 429, 500, 502, 503, 504].includes(fault.status);
    case 'timeout':
    case 'stream_error':
    case 'bad_embedding':
    case 'bad_answer':
    case 'model_missing':
    case 'input_too_long':
    case 'caller_left':
      return false;
  }
}

/** A short code for status pages, such as `status 500` or `timeout first_byte`; never an upstream's text, at most 40 characters. */
export function reasonCode(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
      return `status ${Number.isInteger(fault.status) && fault.status >= 0 && fault.status <= 999 ? fault.status : 'unknown'}`;
    case 'timeout':
      return `timeout ${fault.phase}`;
    case 'bad_embedding':
      return `bad_embedding ${fault.why}`;
    case 'connection':
    case 'stream_error':
    case 'stream_cut':
    case 'bad_answer':
    case 'model_missing':
    case 'input_too_long':
    case 'caller_left':
      return fault.kind;
  }
}
