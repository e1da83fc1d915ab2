import { UpstreamFault, type Dependency } from '../failure.ts';
import { judge } from './shared-breaker.ts';

/**
 * What became of one attempt: `answer` is a refusal of the request itself, `cancelled` a caller who left, `rejected` no attempt at all,
 * because the breaker or the bulkhead said no (`ms` is then null).
 */
export type CallEvent = {
  dependency: Dependency;
  outcome: 'ok' | 'fault' | 'answer' | 'cancelled' | 'rejected';
  ms: number | null;
  retry: boolean;
};

function outcomeOf(error: unknown): CallEvent['outcome'] {
  if (error instanceof UpstreamFault && error.fault.kind === 'caller_left') return 'cancelled';
  return judge(error) === 'ours' ? 'answer' : 'fault';
}

/** Tells of each attempt of one guarded call, whatever comes of it. */
export function callTeller(dependency: Dependency, tell: (event: CallEvent) => void, now: () => number) {
  let retry = false;
  return {
    /** Runs an attempt; every one after the first is a retry. */
    async attempt<T>(work: () => Promise<T>): Promise<T> {
      const started = now();
      const said = { dependency, retry };
      retry = true;
      try {
        const result = await work();
        tell({ ...said, outcome: 'ok', ms: now() - started });
        return result;
      } catch (error) {
        tell({ ...said, outcome: outcomeOf(error), ms: now() - started });
        throw error;
      }
    },
    rejected: () => tell({ dependency, retry: false, outcome: 'rejected', ms: null }),
  };
}
