import { Worker } from 'node:worker_threads';
import type { OllamaOptions } from './ollama/ollama.ts';
import type { FaultMode, Faults, InjectedFault } from './faults.ts';

/** A stand-in and how it is started: plain data, because it crosses to another thread. */
export type StandIn =
  | { kind: 'redis'; options: { port?: number } }
  | { kind: 'qdrant'; options: { port?: number; dataDir: string | null } }
  | { kind: 'ollama'; options: Pick<OllamaOptions, 'port' | 'coldLoadMs' | 'parallel' | 'maxQueue'> };

export type Order = { id: number } & ({ verb: 'set'; fault: InjectedFault } | { verb: 'clear' | 'close' });
export type Report = { id: number; problem: string | null } | { started: string } | { failed: string };

/**
 * Starts a stand-in in a thread of its own, so that a search of one never holds up an answer of another: what waits 50 ms for Redis
 * in production must not wait for a neighbour here.
 *
 * @throws Error with the stand-in's own words when it cannot start.
 */
export async function startInThread(standIn: StandIn): Promise<{ url: string; faults: Faults; close(): Promise<void> }> {
  const worker = new Worker(new URL('thread-main.ts', import.meta.url), {
    workerData: standIn,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  const started = Promise.withResolvers<string>();
  let orders = 0;
  let fault: InjectedFault = { mode: 'up' satisfies FaultMode };
  worker.on('message', (report: Report) => {
    if ('started' in report) return started.resolve(report.started);
    if ('failed' in report) return started.reject(new Error(report.failed));
    const order = waiting.get(report.id);
    waiting.delete(report.id);
    if (report.problem === null) order?.resolve();
    else order?.reject(new TypeError(report.problem));
  });
  const gone = (error: Error) => {
    started.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', gone);
  worker.on('exit', () => gone(new Error(`the ${standIn.kind} stand-in has ended`)));
  const order = (what: { verb: 'set'; fault: InjectedFault } | { verb: 'clear' | 'close' }): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const id = ++orders;
    waiting.set(id, { resolve, reject });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage({ id, ...what } satisfies Order);
    return promise;
  };
  const url = await started.promise;
  return {
    url,
    faults: {
      async set(next) {
        await order({ verb: 'set', fault: next });
        fault = next;
      },
      async clear() {
        await order({ verb: 'clear' });
        fault = { mode: 'up' };
      },
      current: () => ({ ...fault }),
    },
    async close() {
      await order({ verb: 'close' });
      await worker.terminate();
    },
  };
}
