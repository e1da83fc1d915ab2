import { UpstreamFault } from '../../functions/_kernel/failure.ts';
import { transient } from '../../functions/_kernel/policy/verdict.ts';
import { createQdrant, type QdrantApi } from '../../functions/_kernel/upstreams/qdrant.ts';

/** One request to a Qdrant, repeated while it is away: reads, and writes that are harmless to repeat. */
export type Ask = <T>(ask: (api: QdrantApi, init: RequestInit) => Promise<{ data: { result?: T } }>) => Promise<T>;

/** What a migration cannot go on with; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const REQUEST_MS = 60_000;
/** Ten attempts with these pauses outlast the restart of a node. */
const ATTEMPTS = 10;
const pauseMs = (attempt: number): number => Math.min(15_000, 250 * 2 ** attempt);

/** What Qdrant itself says of a request that it refuses: for an operator's eyes, who has its key. */
function wordsOf(error: UpstreamFault): string {
  const { data } = (error.cause ?? {}) as { data?: string | { status?: { error?: string } } };
  return (typeof data === 'string' ? data : data?.status?.error) ?? 'without a reason';
}

/**
 * Opens a Qdrant for a migration.
 *
 * Connections that break, time-outs, 429 and 5xx are tried again for about a minute; then a `MigrationError` says so, as it does of
 * what Qdrant refuses. A 404 is thrown as it is.
 */
export function openAsk(options: { url: string; apiKey: string | null; sleep(ms: number): Promise<void> }): Ask {
  const { url, apiKey, sleep } = options;
  const qdrant = createQdrant({ url, apiKey, headers: {} });
  return async (ask) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await qdrant('qdrant_write', AbortSignal.timeout(REQUEST_MS), ask);
      } catch (error) {
        if (!(error instanceof UpstreamFault)) throw error;
        // Our own time-out aborts the call, which reads as if the caller had left.
        if (!transient(error.fault) && error.fault.kind !== 'caller_left') {
          const { fault } = error;
          if (fault.kind !== 'status' || fault.status === 404) throw error;
          throw new MigrationError(`${url} refuses (${fault.status}): ${wordsOf(error)}`, { cause: error });
        }
        if (attempt + 1 === ATTEMPTS)
          throw new MigrationError(`${url} does not answer. What is copied stays; run the same command again to go on.`, { cause: error });
        await sleep(pauseMs(attempt));
      }
    }
  };
}

/** The same request, null where Qdrant says that there is no such thing. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UpstreamFault && error.fault.kind === 'status' && error.fault.status === 404) return null;
    throw error;
  }
}
