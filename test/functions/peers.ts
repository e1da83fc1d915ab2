import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import { deferred, type Fetches } from './call.ts';
import type { Bindings } from './world.ts';

/** The functions that others ask, bound as `wrangler.toml` binds them. @param env is asked at each request. */
export function peersOf(env: () => Bindings): Bindings {
  const to = (app: Fetches) => ({
    fetch: (input: Parameters<typeof fetch>[0], init?: RequestInit) => app.fetch(new Request(input, init), env(), deferred().context),
  });
  return {
    SEARCH_FUNCTION: to(search),
    QUERY_FUNCTION: to(query),
    INGEST_FUNCTION: to(ingest),
    COLLECTIONS_FUNCTION: to(collections),
  };
}
