import { connect } from '../../../functions/_kernel/connect.ts';
import { readEnv } from '../../../functions/_kernel/env.ts';
import type { WorkContext } from '../../../functions/ingest/work.ts';
import type { Bindings, World } from '../world.ts';

/** What the ingest function works with, without a request around it, so that a test can be the worker that dies. */
export function workContext(world: World, env: Bindings = world.env): WorkContext {
  const { corpus, embedder, leases, again } = connect(readEnv(env), {
    requestId: 'bench',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (work) => void work.catch(() => {}),
    atEnd: () => {},
  });
  const goOn = again && ((jobId: string) => again('ann', `/ingest/jobs/${jobId}`));
  const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
  return { store: corpus('ann'), embedder, leases, goOn, clock: Date.now, sleep };
}

/** The same worker, whose process dies at its `n`-th write: that write and every later one never happen. */
export function dyingAtWrite(context: WorkContext, n: number): WorkContext & { died(): boolean } {
  let writes = 0;
  return {
    ...context,
    store: {
      ...context.store,
      write: (operation) => {
        writes++;
        return writes >= n ? Promise.reject(new Error('the process was killed')) : context.store.write(operation);
      },
    },
    died: () => writes >= n,
  };
}
