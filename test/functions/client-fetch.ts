import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import status from '../../functions/status/worker.ts';
import { deferred, vouched, watched, type Caller, type Fetches } from './call.ts';
import type { World } from './world.ts';

function functionOf(path: string): Fetches {
  if (/^\/collections\/[^/]+\/reindex$/.test(path)) return ingest;
  return { search, query, ingest, collections, status }[path.split('/')[1]!] ?? search;
}

/** A `fetch` that asks the functions in this process, as the gateway would; `settled` waits for what they left to do. */
export function functionsFetch(world: World, as: Caller = {}): { fetch: typeof fetch; settled(): Promise<void>; requests: Request[] } {
  const { context, settled } = deferred();
  const requests: Request[] = [];
  return {
    settled,
    requests,
    async fetch(input, init) {
      const asked = new Request(input, init);
      const request = new Request(asked.clone(), {
        headers: { ...Object.fromEntries(asked.headers.entries()), ...vouched(as) },
      });
      requests.push(asked);
      const { pathname } = new URL(request.url);
      const answer = Promise.resolve(functionOf(pathname.slice('/api/v1/rag'.length)).fetch(request, world.env, context)).then((response) =>
        watched(asked, response, (check) => context.waitUntil(check)),
      );
      // As on a network: who aborts is let go at once.
      const { signal } = asked;
      const left = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      return Promise.race([answer, left]);
    },
  };
}

/** What a puppet answers: made anew for each request, since a body is read once. */
export type Play = (request: Request) => Response | Promise<Response>;

/** A `fetch` that plays its answers in turn, the last one again and again. */
export function puppetFetch(...plays: Play[]): { fetch: typeof fetch; requests: Request[] } {
  const requests: Request[] = [];
  return {
    requests,
    async fetch(input, init) {
      const request = new Request(input, init);
      requests.push(request);
      return plays[Math.min(requests.length, plays.length) - 1]!(request);
    },
  };
}

/** A stream of these bytes, in these pieces; `end: 'cut'` breaks it as a lost connection does. */
export function bytesOf(
  pieces: readonly Uint8Array[],
  end: 'close' | 'cut' | 'open' = 'close',
  cancelled = () => {},
): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (end === 'close') controller.close();
      else if (end === 'cut') controller.error(new TypeError('terminated'));
      else return new Promise(() => {});
    },
    cancel: cancelled,
  });
}
