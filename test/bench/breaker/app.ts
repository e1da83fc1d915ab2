import { openRedis } from '#redis';
import { DEPENDENCIES } from '../../../functions/_kernel/failure.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate, thisIsolate, type Isolate } from '../../../functions/_kernel/policy/isolate.ts';

/** Far from the test's own length, so that what is isolated stays so; a slow machine must not be taken for a lost Redis. */
const SETTINGS = { redisMs: 5_000 };

/**
 * The measured service, the same on both runtimes: `/bare` does nothing, `/healthy` guards a call that does nothing, `/warm` is
 * rejected from memory, `/cold` by a new isolate, `/prepare` acquires three breakers; `?times=` repeats inside one request.
 */
export async function answer(request: Request, redisUrl: string, defer: (work: Promise<unknown>) => void): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === '/bare') return new Response('ok');
  const redis = openRedis(redisUrl);
  const guard = (isolate: Isolate): Guard =>
    createGuard({ redis, caller: request.signal, deadlineAt: null, defer, settings: SETTINGS, isolate });
  const times = Number(url.searchParams.get('times') ?? 1);
  let rejections = 0;
  for (let i = 0; i < times; i++) {
    const own = guard(url.pathname === '/cold' ? freshIsolate() : thisIsolate);
    if (url.pathname === '/isolate') await own.steer('qdrant_write', 'isolated');
    else if (url.pathname === '/prepare') await own.prepare(DEPENDENCIES.slice(0, 3));
    else {
      const dependency = url.pathname === '/healthy' ? 'qdrant_search' : 'qdrant_write';
      await own.run(dependency, async () => 'fine', { idempotent: true }).catch(() => (rejections += 1));
    }
  }
  // Not awaited: the answer does not wait for the socket to close.
  defer(redis.close());
  return new Response(String(rejections));
}
