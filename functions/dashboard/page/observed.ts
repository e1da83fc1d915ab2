import type { Degraded } from '../../_kernel/client/types.ts';
import { createSessionStore } from './store.ts';

/** What is left of a budget that the gateway counts by the minute. */
export type Budget = { limit: number; remaining: number; resetsAt: number };
export type Observed = {
  /** Of this credential: everything but questions, and questions. */
  budgets: { requests: Budget | null; questions: Budget | null };
  /** Answers of this session that had to do without something, by what; and all of them. */
  degraded: Partial<Record<Degraded, number>>;
  answers: number;
  /** Whether the last request reached the gateway. */
  isAway: boolean;
};

/** What the page has noticed of the service in this session. */
export const observed = createSessionStore<Observed>({
  budgets: { requests: null, questions: null },
  degraded: {},
  answers: 0,
  isAway: false,
});

function budgetIn(headers: Headers, now: number): Budget | null {
  const value = (name: string) => (headers.has(name) ? Number(headers.get(name)) : NaN);
  const budget = {
    limit: value('x-ratelimit-limit-minute'),
    remaining: value('x-ratelimit-remaining-minute'),
    resetsAt: now + value('ratelimit-reset') * 1_000,
  };
  return Object.values(budget).some(Number.isNaN) ? null : budget;
}

/** A fetch that notes budgets and whether the gateway is there. */
export function observing(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    try {
      const response = await ask(input, init);
      const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
      const kind = url.endsWith('/query') ? 'questions' : url.includes('/status/health') ? null : 'requests';
      const budget = kind === null ? null : budgetIn(response.headers, Date.now());
      observed.set((before) => ({
        ...before,
        isAway: false,
        ...(kind !== null && budget !== null && { budgets: { ...before.budgets, [kind]: budget } }),
      }));
      return response;
    } catch (error) {
      // An aborted request says nothing of the gateway.
      if (error instanceof TypeError) observed.set((before) => ({ ...before, isAway: true }));
      throw error;
    }
  };
}

/** Counts an answer, and what it had to do without. */
export function noteAnswer(degraded: readonly Degraded[]): void {
  observed.set((before) => {
    const counts = { ...before.degraded };
    for (const one of degraded) counts[one] = (counts[one] ?? 0) + 1;
    return { ...before, degraded: counts, answers: before.answers + 1 };
  });
}
