import { UpstreamFault, type Dependency } from '../failure.ts';
import type { Patience } from './settings.ts';
import type { DeadlineOwner } from './verdict.ts';

/** A call that ran out of time, and whose deadline it was. */
export class Expired extends UpstreamFault {
  readonly owner: DeadlineOwner;
  constructor(dependency: Dependency, phase: 'first_byte' | 'idle' | 'total', owner: DeadlineOwner) {
    super(dependency, { kind: 'timeout', phase });
    this.owner = owner;
  }
}

/** Watches over one attempt: one timer for whichever deadline comes first. */
export type Watch = {
  /** Aborted when a deadline passes, the caller leaves, or `end` is called; hand it to the dependency's client. */
  signal: AbortSignal;
  /** Rejects when a deadline passes, the caller leaves, or the call is cancelled by `end`. */
  failed: Promise<never>;
  /** Settles as the work does, unless a deadline or the caller's departure comes first. */
  race: <T>(work: Promise<T>) => Promise<T>;
  /** Something arrived: from now on the idle deadline counts. */
  heard: () => void;
  /** Nothing is awaited (the reader is busy): only the total deadline goes on, and it is the reader's now. */
  rest: () => void;
  /** The model must load first: starts the first-byte deadline anew, with that patience. */
  load: (patience: Patience) => void;
  /** Stops the timer and the listening; with `abort` also cancels the call. */
  end: (abort?: boolean) => void;
};

type Options = {
  dependency: Dependency;
  patience: Patience;
  /** When the call as a whole must be over, retries included; epoch ms. */
  endsAt: number;
  /** When the caller's time is over, epoch ms, or null. */
  callerEndsAt: number | null;
  caller: AbortSignal | null;
  now: () => number;
};

/** Starts the deadlines of one attempt; its first-byte deadline runs from here. */
export function watch({ dependency, patience, endsAt, callerEndsAt, caller, now }: Options): Watch {
  const controller = new AbortController();
  let phase: 'first_byte' | 'idle' | 'rest' = 'first_byte';
  let owner: 'dependency' | 'cold_load' = 'dependency';
  let current = patience;
  let totalAt = endsAt;
  let phaseAt = now() + patience.firstByteMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failure: UpstreamFault | null = null;
  let over = false;
  let fail: (error: UpstreamFault) => void = () => {};
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // It may fail while nobody races against it.
  failed.catch(() => {});

  const stop = (error: UpstreamFault): void => {
    if (failure !== null) return;
    failure = error;
    end();
    fail(error);
    controller.abort(error);
  };
  const arm = (): void => {
    clearTimeout(timer);
    if (over) return;
    const [at, expired] = soonest();
    timer = setTimeout(() => stop(expired()), Math.max(0, at - now()));
  };
  const soonest = (): [number, () => Expired] => {
    const total = (): Expired => new Expired(dependency, 'total', phase === 'rest' ? 'caller' : owner);
    let first: [number, () => Expired] = [totalAt, total];
    const waiting = phase;
    if (waiting !== 'rest' && phaseAt <= totalAt) {
      const whose = waiting === 'first_byte' ? owner : 'dependency';
      first = [phaseAt, () => new Expired(dependency, waiting, whose)];
    }
    if (callerEndsAt !== null && callerEndsAt < first[0]) first = [callerEndsAt, () => new Expired(dependency, 'total', 'caller')];
    return first;
  };
  const left = (): void => stop(new UpstreamFault(dependency, { kind: 'caller_left' }, caller?.reason));
  const end = (): void => {
    over = true;
    clearTimeout(timer);
    caller?.removeEventListener('abort', left);
  };

  if (caller?.aborted === true) left();
  else caller?.addEventListener('abort', left, { once: true });
  arm();

  return {
    signal: controller.signal,
    failed,
    // `failed` first: what a client makes of our own abort, an error or a quiet end, must not hide the deadline that caused it.
    race: async (work) => {
      const result = await Promise.race([failed, work]);
      if (failure !== null) throw failure;
      return result;
    },
    heard() {
      phase = 'idle';
      phaseAt = now() + current.idleMs;
      arm();
    },
    rest() {
      phase = 'rest';
      arm();
    },
    load(cold) {
      owner = 'cold_load';
      current = cold;
      phaseAt = now() + cold.firstByteMs;
      totalAt = now() + cold.totalMs;
      arm();
    },
    end(abort = false) {
      end();
      if (abort && failure === null) {
        failure = new UpstreamFault(dependency, { kind: 'caller_left' });
        fail(failure);
        controller.abort(failure);
      }
    },
  };
}

/** Rejects as soon as the caller leaves, also while a retry waits. */
export async function unlessLeft<T>(dependency: Dependency, caller: AbortSignal | null, work: Promise<T>): Promise<T> {
  if (caller === null) return work;
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new UpstreamFault(dependency, { kind: 'caller_left' }, caller.reason));
    caller.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    caller.removeEventListener('abort', leave);
  }
}
