import { calibrate } from '../_kernel/corpus/calibration.ts';
import { findCollection, type Collection } from '../_kernel/corpus/collections.ts';
import { collectionsOfAll, ofTenant } from '../_kernel/corpus/abandoned.ts';
import { Failure, UpstreamFault } from '../_kernel/failure.ts';
import { REAPER_MEASURES } from '../_kernel/limits.ts';
import { murmur3 } from '../_kernel/retrieval/murmur3.ts';
import type { WorkContext } from './work.ts';

type Context = Pick<WorkContext, 'store' | 'embedder'>;

/**
 * Renews what a generation says of its evidence signals, where it has changed enough; sentences are embedded as questions are.
 *
 * A dependency that fails costs no document: the levels stay what they were until the next ingestion or the reaper measures again.
 * @param by how much more or fewer passages are enough. Default: a quarter.
 */
export async function calibrated({ store, embedder }: Context, collection: Collection, by?: number): Promise<void> {
  const { fingerprint } = collection;
  const asQuestions = { ...fingerprint, documentPrefix: fingerprint.queryPrefix };
  try {
    await calibrate(store, collection, (texts) => embedder.passages(texts, asQuestions, { retried: true }), by);
  } catch (error) {
    if (!(error instanceof Failure || error instanceof UpstreamFault)) throw error;
  }
}

/**
 * Measures collections of all tenants that have changed since they were, be it by deletions, or whose measuring failed.
 *
 * Looks at sixteen a round, from a place in their order that the time chooses, so that each has its turn.
 */
export async function measureOutgrown(context: Context & { clock(): number }): Promise<void> {
  const { store, embedder, clock } = context;
  const all = await collectionsOfAll(store);
  const start = all.length === 0 ? 0 : murmur3(String(clock())) % all.length;
  for (const { tenant, name } of [...all.slice(start), ...all.slice(0, start)].slice(0, REAPER_MEASURES)) {
    const own = ofTenant(store, { tenant });
    const collection = await findCollection(own, name);
    if (collection !== null) await calibrated({ store: own, embedder }, collection);
  }
}
