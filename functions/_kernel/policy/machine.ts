/** One breaker as plain data, field for field the hash in Redis. */
export type BreakerState = {
  state: 'closed' | 'open' | 'half_open' | 'isolated';
  /** Raised at every transition to `max(generation + 1, now)`; a result under another one is late and ignored. */
  generation: number;
  /** Consecutive faults, failed probes included. */
  failures: number;
  /** When the streak of failures began. */
  streakAt: number;
  /** Open until, or leased until. */
  until: number;
  /** How often it opened since it was last closed. */
  opens: number;
  /** The token of the call that holds the probe's lease, or empty. */
  probe: string;
  /** The last fault's code, or empty. */
  reason: string;
  /** When it left the closed state, or 0. */
  since: number;
};

/** `due`: open for long enough, but asked without a token, so that no lease was given. */
export type Admission = 'open' | 'closed' | 'probe' | 'busy' | 'isolated' | 'due';
export type Grant = { admission: Admission; generation: number; at: number; retryAfterMs: number; failures: number; opens: number };

export type Outcome = 'success' | 'fault' | 'inconclusive';
export type Change = 'none' | 'counted' | 'opened' | 'closed' | 'handed_back';
export type Report = {
  change: Change;
  state: BreakerState['state'];
  generation: number;
  retryAfterMs: number;
  failures: number;
  opens: number;
};

/** What a transition depends on besides the state; milliseconds. `token` null asks without taking a probe. */
export type AcquireInput = { token: string | null; leaseMs: number; maxOpenMs: number; maxLeaseMs: number; busyMs: number };
export type ReportInput = {
  outcome: Outcome;
  generation: number;
  at: number;
  token: string;
  threshold: number;
  windowMs: number;
  openMs: number;
  maxOpenMs: number;
  reason: string;
};

export const CLOSED: BreakerState = {
  state: 'closed',
  generation: 0,
  failures: 0,
  streakAt: 0,
  until: 0,
  opens: 0,
  probe: '',
  reason: '',
  since: 0,
};

/**
 * Asks to be let through: the ACQUIRE script over plain data.
 *
 * A clock that stepped back cannot keep a breaker open for longer than `maxOpenMs`, nor a lease for longer than `maxLeaseMs`.
 */
export function acquire(from: BreakerState, now: number, input: AcquireInput): { state: BreakerState; grant: Grant } {
  let state = from;
  const grant = (admission: Admission, retryAfterMs: number): { state: BreakerState; grant: Grant } => ({
    state,
    grant: { admission, generation: state.generation, at: now, retryAfterMs, failures: state.failures, opens: state.opens },
  });
  if (state.state === 'closed') return grant('closed', 0);
  if (state.state === 'isolated') return grant('isolated', 0);
  if (state.state === 'half_open' && state.probe === input.token && state.until > now) return grant('probe', state.until - now);
  const longest = state.state === 'half_open' ? input.maxLeaseMs : input.maxOpenMs;
  if (state.until - now > longest) state = { ...state, until: now + longest };
  if (now < state.until) {
    const left = state.until - now;
    return state.state === 'half_open' ? grant('busy', Math.min(left, input.busyMs)) : grant('open', left);
  }
  if (input.token === null) return grant('due', 0);
  const generation = Math.max(state.generation + 1, now);
  state = { ...state, state: 'half_open', generation, until: now + input.leaseMs, probe: input.token };
  return grant('probe', input.leaseMs);
}

/** Says what a call came to: the REPORT script over plain data. A late result, and one of a probe without the lease, change nothing. */
export function report(from: BreakerState, now: number, input: ReportInput): { state: BreakerState; report: Report } {
  let state = from;
  const result = (change: Change): { state: BreakerState; report: Report } => ({
    state,
    report: {
      change,
      state: state.state,
      generation: state.generation,
      retryAfterMs: Math.max(0, state.until - now),
      failures: state.failures,
      opens: state.opens,
    },
  });
  const next = Math.max(state.generation + 1, now);
  const open = (): { state: BreakerState; report: Report } => {
    const opens = state.opens + 1;
    const until = now + Math.min(input.openMs * 2 ** Math.min(opens - 1, 20), input.maxOpenMs);
    const since = state.since === 0 ? now : state.since;
    state = { ...state, state: 'open', generation: next, streakAt: 0, until, opens, probe: '', reason: input.reason, since };
    return result('opened');
  };
  if (input.generation !== state.generation || state.state === 'open' || state.state === 'isolated') return result('none');
  if (state.state === 'half_open') {
    if (state.probe !== input.token) return result('none');
    if (input.outcome === 'fault') {
      state = { ...state, failures: state.failures + 1 };
      return open();
    }
    if (input.outcome === 'success') {
      state = { ...CLOSED, generation: next, reason: state.reason };
      return result('closed');
    }
    state = { ...state, state: 'open', generation: next, until: now, probe: '' };
    return result('handed_back');
  }
  if (input.outcome === 'inconclusive') return result('none');
  if (input.outcome === 'success') {
    if (state.failures === 0 || input.at < state.streakAt) return result('none');
    state = { ...state, failures: 0, streakAt: 0 };
    return result('counted');
  }
  if (state.failures === 0 || now - state.streakAt > input.windowMs) state = { ...state, failures: 0, streakAt: now };
  state = { ...state, failures: state.failures + 1, reason: input.reason };
  return state.failures >= input.threshold ? open() : result('counted');
}

/** Lengthens the lease of the probe that holds it: the EXTEND script over plain data. */
export function extend(
  from: BreakerState,
  now: number,
  input: { generation: number; token: string; leaseMs: number },
): { state: BreakerState; held: boolean } {
  const held = from.state === 'half_open' && from.generation === input.generation && from.probe === input.token;
  return { state: held ? { ...from, until: now + input.leaseMs } : from, held };
}

/** Isolates or closes by a person's hand: the STEER script over plain data. */
export function steer(from: BreakerState, now: number, to: 'isolated' | 'closed'): BreakerState {
  const generation = Math.max(from.generation + 1, now);
  const since = to === 'closed' ? 0 : from.since === 0 ? now : from.since;
  return { ...CLOSED, state: to, generation, reason: from.reason, since };
}
