import { count, observe } from '../telemetry/meter.ts';
import type { LogLine } from './log.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const REFUSALS = new Set(['no_hits', 'no_evidence', 'not_in_passages']);

/**
 * Adds an answered request to the metrics, with what its log line says of the answer: what it did without, why it was refused,
 * the tokens it took.
 *
 * @param request `route` is the pattern, never the path. @param noted what the function noted for its log line.
 */
export function measureRequest(
  request: { function: string; route: string; method: string; status: number; ms: number },
  noted: LogLine,
): void {
  const { route, status, ms } = request;
  const method = METHODS.has(request.method) ? request.method : 'OTHER';
  count('rag_http_requests_total', { function: request.function, route, method, status: String(status) });
  observe('rag_http_request_duration_seconds', { function: request.function, route }, ms / 1000);
  for (const kind of Array.isArray(noted['degraded']) ? noted['degraded'] : []) count('rag_degraded_answers_total', { kind });
  const { refusal, promptTokens, answerTokens } = noted;
  if (typeof refusal === 'string' && REFUSALS.has(refusal)) count('rag_refusals_total', { reason: refusal });
  if (typeof promptTokens === 'number') count('rag_tokens_total', { kind: 'prompt' }, promptTokens);
  if (typeof answerTokens === 'number') count('rag_tokens_total', { kind: 'answer' }, answerTokens);
}
