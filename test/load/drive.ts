import { lackOf, outcomeOf, requestOf, thinkSeconds, type Outcome, type Scenario } from './scenarios.ts';

/** One request and what came of it; milliseconds from the start of the run. */
export type Sample = { name: string; at: number; ms: number; outcome: Outcome; status: number | null; lack: string };

/**
 * Lets users work through a scenario: each asks, waits for the whole answer, thinks, and asks again.
 *
 * @param keyOf the API key of a user. @param during is told the seconds as they pass.
 */
export async function drive(
  scenario: Scenario,
  target: { url: string; keyOf: (user: number) => string },
  during: (second: number) => void,
): Promise<Sample[]> {
  const started = performance.now();
  const samples: Sample[] = [];
  const ends = scenario.stages.map((_, i) => scenario.stages.slice(0, i + 1).reduce((sum, stage) => sum + stage.seconds, 0) * 1000);
  const total = ends.at(-1) ?? 0;
  const wanted = (): number => {
    const now = performance.now() - started;
    return scenario.stages[ends.findIndex((end) => now < end)]?.users ?? 0;
  };
  const ticking = setInterval(() => during(Math.round((performance.now() - started) / 1000)), 1000);

  async function work(user: number): Promise<void> {
    for (let turn = 0; user < wanted(); turn++) {
      const { name, method, path, body } = requestOf(user, turn);
      const began = performance.now();
      let status: number | null = null;
      let text = '';
      try {
        const response = await fetch(`${target.url}/api/v1/rag${path}`, {
          method,
          headers: { apikey: target.keyOf(user), 'content-type': 'application/json' },
          ...(body !== null && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(60_000),
        });
        text = await response.text();
        status = response.status;
      } catch {
        status = null; // no answer at all: an error, counted as one
      }
      samples.push({
        name,
        at: began - started,
        ms: performance.now() - began,
        outcome: outcomeOf(status, text),
        status,
        lack: lackOf(text),
      });
      await new Promise((resolve) => setTimeout(resolve, thinkSeconds(Math.random()) * 1000));
    }
  }

  const users = new Map<number, Promise<void>>();
  while (performance.now() - started < total) {
    for (let user = 0; user < wanted(); user++) {
      if (users.has(user)) continue;
      // Not all in the same instant, as nobody does.
      const begin = new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
      users.set(
        user,
        begin.then(() => work(user)).finally(() => users.delete(user)),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await Promise.all(users.values());
  clearInterval(ticking);
  return samples;
}
