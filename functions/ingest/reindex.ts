import { countCollection, findGeneration, getCollection, type Collection } from '../_kernel/corpus/collections.ts';
import type { Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import { beginReindex, nextGeneration } from '../_kernel/corpus/generations.ts';
import { keepJob } from '../_kernel/corpus/jobs.ts';
import { jobIdOf } from '../_kernel/corpus/names.ts';
import { Failure } from '../_kernel/failure.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { count } from '../_kernel/telemetry/meter.ts';
import type { WorkContext } from './work.ts';

/**
 * Begins to build a collection anew from its stored texts, with the model and chunking it chose, else the configured ones, while it is read and written.
 *
 * One that runs already is returned as it is. @param rollback goes back to the generation before this one instead, after bringing it
 * up to date. @returns the job's id. @throws Failure `collection_not_found`, `dependency_unavailable`, and `invalid_request` when there
 * is nothing to go back to.
 */
export async function reindex(context: WorkContext, name: string, rollback: boolean): Promise<string> {
  const { store, clock } = context;
  const collection = await getCollection(store, name);
  if (collection.reindex !== null) return collection.reindex.jobId;
  const target = rollback ? await previousOf(store, collection) : await nextOf(context, collection);
  const { documents } = await countCollection(store, name);
  const now = clock();
  const at = new Date(now).toISOString();
  const jobId = jobIdOf(store.tenant, { seed: crypto.randomUUID() });
  const progress = {
    generation: target.generation,
    total: documents,
    done: 0,
    cursor: null,
    chunks: 0,
    outcome: 'pending' as const,
    failure: null,
    updatedAt: at,
    measured: null,
  };
  // The job first: a reindexing whose request is cut off here ends as failed, and never as one that nobody works on.
  await keepJob(store, { jobId, collection: name, bodyHash: '', createdAt: at, createdAtMs: now, cancelled: false, reindex: progress });
  await beginReindex(store, collection, { ...target, jobId });
  count('rag_jobs_total', { state: 'queued' });
  return jobId;
}

type Target = { generation: number; fingerprint: Fingerprint };

async function nextOf({ store, embedder }: WorkContext, collection: Collection): Promise<Target> {
  const fingerprint = await embedder.fingerprint(collection.chosen);
  return { generation: await nextGeneration(store, collection), fingerprint };
}

async function previousOf(store: Store, { name, previous }: Collection): Promise<Target> {
  const before = previous === null ? null : await findGeneration(store, name, previous);
  if (before !== null) return { generation: before.generation, fingerprint: before.fingerprint };
  throw new Failure({
    code: 'invalid_request',
    errors: [{ path: 'rollback', message: 'there is no generation before this one to go back to' }],
  });
}
