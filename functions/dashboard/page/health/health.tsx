import { useState } from 'hono/jsx/dom';
import { observed, type Budget } from '../observed.ts';
import { Alert } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import { isEmulator } from '../place.ts';
import type { Roles } from '../session.ts';
import type { Client } from '../types.ts';
import { useEvery, useNow, useStore } from '../use.tsx';
import { clockTime, DEGRADED, figure } from '../words.ts';
import { Breakers } from './breakers.tsx';
import { Dependencies } from './dependencies.tsx';
import { FaultPanel } from './faults.tsx';
import { noteStatus, STATUS_LOOK_MS } from './history.ts';

/** How the service is, and how it was since this page was opened. */
export function Health({ client, roles }: { client: Client; roles: Roles }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const { isAway } = useStore(observed);
  useEvery(STATUS_LOOK_MS, async () => {
    try {
      noteStatus(await client.status(), Date.now());
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [client]);
  return (
    <section class="health">
      <h1 tabindex={-1}>Health</h1>
      <Alert problem={isAway ? null : problem} />
      <Breakers client={client} roles={roles} />
      <Dependencies />
      <div class="columns">
        <Budgets />
        <DegradedAnswers />
      </div>
      {roles.admin && isEmulator() ? <FaultPanel /> : null}
    </section>
  );
}

function Budgets() {
  const { budgets } = useStore(observed);
  const now = useNow();
  return (
    <section aria-labelledby="budgets-title">
      <h2 id="budgets-title">Left of this minute</h2>
      <BudgetView label="Requests" budget={budgets.requests} now={now} />
      <BudgetView label="Questions" budget={budgets.questions} now={now} />
    </section>
  );
}

function BudgetView({ label, budget, now }: { label: string; budget: Budget | null; now: number }) {
  if (budget === null) return <p class="hint">{label}: none used yet</p>;
  // The gateway counts by the clock's minute. When it is over and nothing was asked since, others may have spent of the next one.
  if (now > budget.resetsAt)
    return (
      <p class="hint">
        {label}: {figure(budget.limit)} a minute; what is left is unknown since {clockTime(budget.resetsAt)}
      </p>
    );
  const { remaining } = budget;
  return (
    <div class="progress">
      <span>{label}</span>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={`${label}: ${remaining} of ${budget.limit} left`}>
        <rect class="track" width="100" height="4" />
        <rect class="fill" width={(remaining / budget.limit) * 100} height="4" />
      </svg>
      <span class="figures">
        {figure(remaining)} of {figure(budget.limit)}
      </span>
    </div>
  );
}

function DegradedAnswers() {
  const { degraded, answers } = useStore(observed);
  const kinds = Object.entries(degraded) as [keyof typeof DEGRADED, number][];
  return (
    <section aria-labelledby="degraded-title">
      <h2 id="degraded-title">Answers that did without</h2>
      <p class="hint">
        Of {figure(answers)} in this tab{kinds.length === 0 ? ', none had to.' : ':'}
      </p>
      <ul class="degraded">
        {kinds.map(([kind, times]) => (
          <li key={kind}>
            <span class="figures">{times}</span> {DEGRADED[kind]}
          </li>
        ))}
      </ul>
    </section>
  );
}
