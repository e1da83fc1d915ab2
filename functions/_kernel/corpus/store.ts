import { Failure, UpstreamFault } from '../failure.ts';
import type { QdrantApi } from '../upstreams/qdrant.ts';
import type { Tenant } from './names.ts';

type Ask = <T>(ask: (api: QdrantApi, init: RequestInit) => Promise<{ data: { result?: T } }>) => Promise<T>;

/** How a new collection is spread over a cluster; empty where Qdrant's own defaults hold (a single node). */
export type Placement = { shard_number?: number; replication_factor?: number; write_consistency_factor?: number };

/**
 * The way to what a tenant keeps. Every function of this room takes one, so none can be called without saying whose data it is for.
 *
 * `read` goes under the breaker `qdrant_search`, `write` under `qdrant_write`; both may be retried, because every write here is
 * idempotent (ids are made of the content).
 */
export type Store = { tenant: Tenant; placement: Placement; read: Ask; write: Ask };

/** Whether Qdrant said that there is no such collection, alias or point. */
export function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamFault && error.fault.kind === 'status' && error.fault.status === 404;
}

/** Whether Qdrant said that what was to be created exists already. */
export function isConflict(error: unknown): boolean {
  return error instanceof UpstreamFault && error.fault.kind === 'status' && error.fault.status === 409;
}

/** Turns Qdrant's 404 for a collection into ours. */
export async function inCollection<T>(collection: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isNotFound(error) ? new Failure({ code: 'collection_not_found', collection }, error) : error;
  }
}
