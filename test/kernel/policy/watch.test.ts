import { expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { watch } from '../../../functions/_kernel/policy/deadlines.ts';

const HOUR = 3_600_000;
const patience = { firstByteMs: HOUR, idleMs: HOUR, totalMs: HOUR };

it('a caller who left before the call began is the reason for its end, even when the client’s own error is there at once', async () => {
  const caller = AbortSignal.abort();
  const options = { dependency: 'qdrant_search', patience, endsAt: Date.now() + HOUR, callerEndsAt: null, caller, now: Date.now } as const;
  const watching = watch(options);
  expect(watching.signal.aborted).toBe(true);
  const work = Promise.reject(new UpstreamFault('qdrant_search', { kind: 'connection' }));
  await expect(watching.race(work)).rejects.toMatchObject({ fault: { kind: 'caller_left' } });
});
