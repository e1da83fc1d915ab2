import type { FieldError } from '../failure.ts';
import type { Problem } from '../http/problem.ts';

/** The service's own codes; the gateway's refusals; and what the client itself found. */
export type RagErrorCode =
  | Problem['code']
  | 'unauthorized'
  | 'forbidden'
  | 'rate_limited'
  | 'gateway_error'
  | 'redirected'
  | 'unreachable'
  | 'stream_cut'
  | 'unexpected_answer';

type Known = {
  code: RagErrorCode;
  status: number;
  requestId: string | null;
  retryAfterMs: number | null;
  errors: readonly FieldError[];
  dependency: string | null;
};

/**
 * Why a call has no answer.
 *
 * `status` is 0 when there was none; `requestId` finds the request in the service's log; `errors` names each wrong field or unreadable
 * file; `dependency` is what the service was waiting for. The message is fit to be shown: it holds neither key nor address parameters.
 */
export class RagError extends Error {
  override readonly name = 'RagError';
  readonly code: RagErrorCode;
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly errors: readonly FieldError[];
  readonly dependency: string | null;
  constructor(message: string, known: { code: RagErrorCode } & Partial<Known>, options?: ErrorOptions) {
    super(message, options);
    this.code = known.code;
    this.status = known.status ?? 0;
    this.requestId = known.requestId ?? null;
    this.retryAfterMs = known.retryAfterMs ?? null;
    this.errors = known.errors ?? [];
    this.dependency = known.dependency ?? null;
  }
}

/** What the gateway means by a status; its own bodies say no more than `{"message": …}` (Kong 3.9). */
const GATEWAY: Readonly<Record<number, [RagErrorCode, string]>> = {
  401: ['unauthorized', 'The gateway does not know this key or token.'],
  403: ['forbidden', 'This key or token may not do that.'],
  404: ['route_not_found', 'The gateway has no such route; is this the address of the service?'],
  413: ['body_too_large', 'The request is larger than the gateway admits.'],
  429: ['rate_limited', 'The rate limit of this key is spent for now.'],
};

/** Milliseconds of a `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); null when there is none. */
function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** The error of a problem (RFC 9457), as a body or as the data of an `error` event. */
export function ofProblem({ detail, code, status, requestId, ...more }: Problem, headerMs: number | null = null): RagError {
  const fields = (more.errors ?? []).map(({ path, message }) => `; ${path === '' ? 'the request' : path} ${message}`).join('');
  return new RagError(`${detail}${fields}`, { code, status, requestId, ...more, retryAfterMs: more.retryAfterMs ?? headerMs });
}

/** The value of a JSON text, or null when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a value is a JSON object. */
export const isObject = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

/** Whether a body, or the data of an `error` event, is a problem of the service. */
export const isProblem = (body: unknown): body is Problem =>
  isObject(body) && typeof body['code'] === 'string' && typeof body['detail'] === 'string' && typeof body['status'] === 'number';

/** The error of a response that is no answer: a problem of the service, or what the gateway or something before it said. */
export function refusal(response: Response, text: string, nowMs: number): RagError {
  const { status, headers } = response;
  const retryAfterMs = retryAfter(headers.get('retry-after'), nowMs);
  const body = parsed(text);
  if (isProblem(body)) return ofProblem(body, retryAfterMs);
  // A browser shows a redirect as status 0. It is not followed: `fetch` would take the key along to wherever it leads.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400))
    return new RagError('The address answers with a redirect, which is not followed; use the address it leads to.', {
      code: 'redirected',
      status,
    });
  const [code, message] = GATEWAY[status] ?? ['gateway_error', `The gateway answered ${status} in place of the service.`];
  return new RagError(message, { code, status, requestId: headers.get('x-request-id'), retryAfterMs });
}
