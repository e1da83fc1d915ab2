import { calibrate } from '../_kernel/corpus/calibration.ts';
import type { Collection } from '../_kernel/corpus/collections.ts';
import type { WorkContext } from './work.ts';

/** Renews what a generation says of its evidence signals, where it has grown enough; sentences are embedded as questions are. */
export async function calibrated({ store, embedder }: Pick<WorkContext, 'store' | 'embedder'>, collection: Collection): Promise<void> {
  const { fingerprint } = collection;
  const asQuestions = { ...fingerprint, documentPrefix: fingerprint.queryPrefix };
  await calibrate(store, collection, (texts) => embedder.passages(texts, asQuestions, { retried: true }));
}
