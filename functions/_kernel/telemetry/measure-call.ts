import type { CallEvent } from '../policy/teller.ts';
import { count, observe } from './meter.ts';

/** Adds an attempt at a dependency to the metrics. */
export function measureCall({ dependency, outcome, ms, retry }: CallEvent): void {
  count('rag_dependency_calls_total', { dependency, outcome });
  if (ms !== null) observe('rag_dependency_call_duration_seconds', { dependency }, ms / 1000);
  if (retry) count('rag_retries_total', { dependency });
}
