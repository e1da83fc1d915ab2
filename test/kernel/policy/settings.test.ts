import { describe, expect, it } from 'vitest';
import { DEPENDENCIES } from '../../../functions/_kernel/failure.ts';
import { breakerSettings, coldPatience, leaseMs, longestLeaseMs } from '../../../functions/_kernel/policy/settings.ts';

describe('the settings of the breakers', () => {
  it('the wait does not grow unless that is asked for, and is never shorter than the first one', () => {
    expect(breakerSettings()).toMatchObject({ openMs: 30_000, maxOpenMs: 30_000 });
    expect(breakerSettings({ openMs: 1_000 })).toMatchObject({ openMs: 1_000, maxOpenMs: 1_000 });
    expect(breakerSettings({ openMs: 1_000, maxOpenMs: 8_000 })).toMatchObject({ openMs: 1_000, maxOpenMs: 8_000 });
    expect(breakerSettings({ maxOpenMs: 10 })).toMatchObject({ openMs: 30_000, maxOpenMs: 30_000 });
  });

  it.each(DEPENDENCIES)('%s: a lease outlasts the deadline of its probe, and no lease the longest one', (dependency) => {
    const settings = breakerSettings();
    const patience = settings.patience[dependency];
    expect(leaseMs(settings, dependency, 'whole')).toBeGreaterThan(patience.totalMs);
    expect(leaseMs(settings, dependency, 'streamed')).toBeGreaterThan(patience.firstByteMs);
    expect(longestLeaseMs(settings, dependency)).toBeGreaterThan(coldPatience(patience).totalMs);
  });
});
