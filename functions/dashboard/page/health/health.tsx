import { useState } from 'hono/jsx/dom';
import { observed, type Budget } from '../observed.ts';
import { Alert } from '../parts.tsx';
import type { Roles } from '../session.ts';
import type { Client } from '../types.ts';
import { useEvery, useNow, useStore } from '../use.tsx';
import { DEGRADED, figure, sayError } from '../words.ts';
import { Breakers } from './breakers.tsx';
import { Dependencies } from './dependencies.tsx';
import { FaultPanel } from './faults.tsx';
import { noteStatus } from './history.ts';

/** How often the dependencies are asked: twelve of the hundred requests that a minute has. */
const LOOK_MS = 5_000;

/** How the service is, and how it was since this page was opened. */
export function Health({ client, roles }: { client: Client; roles: Roles }) {
  const [problem, setProblem] = useState<string | null>(null);
  useEvery(LOOK_MS, async () => {
    try {
      noteStatus(await client.status(), Date.now());
      setProblem(null);
    } catch (error) {
      setProblem(sayError(error));
    }
  }, [client]);
  return (
    <section class="health">
      <h1 tabindex={-1}>Health</h1>
      <Alert text={problem} />
      <Breakers client={client} roles={roles} />
      <Dependencies />
      <div class="columns">
        <Budgets />
        <DegradedAnswers />
      </div>
      {roles.admin ? <FaultPanel /> : null}
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
  // The gateway counts by the clock's minute: when it is over, all is there again.
  const remaining = now > budget.resetsAt ? budget.limit : budget.remaining;
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
