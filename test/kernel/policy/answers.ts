import { UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';
import type { Guard } from '../../../functions/_kernel/policy/guard.ts';
import { outcomeOf } from './fleet.ts';

type Ending = Fault | 'done' | 'silence';

/** A model's answer: items, each after a pause in ms, then an end, a fault, or silence. Quiet once it is cancelled. */
export async function* answer(pauses: number[], end: Ending, signal?: AbortSignal): AsyncGenerator<number> {
  for (const [i, pause] of pauses.entries()) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal?.aborted) return;
    yield i;
  }
  if (end === 'silence') await new Promise(() => {});
  else if (end !== 'done') throw new UpstreamFault('ollama_generation', end);
}

/** Opens such an answer through a guard. */
export function open(by: Guard, pauses: number[], end: Ending): Promise<AsyncIterable<number>> {
  return by.stream('ollama_generation', async (signal) => answer(pauses, end, signal));
}

/** Reads to the end: the items, and how it ended. */
export async function read(stream: AsyncIterable<number>): Promise<{ items: number[]; end: unknown }> {
  const items: number[] = [];
  const reading = (async () => {
    for await (const item of stream) items.push(item);
    return 'done';
  })();
  return { items, end: await outcomeOf(reading) };
}
