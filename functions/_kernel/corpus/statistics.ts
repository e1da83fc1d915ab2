import type { EvidenceLevels } from '../retrieval/gate.ts';
import type { Language } from '../retrieval/languages.ts';
import { DEFAULT_LENGTHS, type AverageLengths } from '../retrieval/sparse.ts';
import { statisticsPointId } from './names.ts';
import type { Store } from './store.ts';

/** What is known of a generation's texts as a whole. Kept in Qdrant's collection metadata, so that it moves with them. */
export type Statistics = {
  /** Chunks they were taken from; 0 while there was none yet, and the first ingestion takes them anew. */
  passages: number;
  /** Mean tokens of a chunk by family, with which the generation's sparse vectors are made. */
  lengths: AverageLengths;
  /** The language most chunks are in: a question that does not show its own is analysed as its documents are. */
  language: Language;
};

/** Of a collection that holds nothing yet. */
export const NO_STATISTICS: Statistics = { passages: 0, lengths: DEFAULT_LENGTHS, language: 'en' };

/** With a sketch of the passages that were there; an earlier version kept none. */
export type KeptLevels = EvidenceLevels & { sample?: readonly string[] };

/** The metadata keys beside the stamp: each is patched alone, because Qdrant merges metadata by its top-level keys. */
export type StatisticsMetadata = { rag_statistics?: Statistics; rag_revision?: string; rag_evidence?: KeptLevels };

async function patch(store: Store, physical: string, metadata: StatisticsMetadata): Promise<void> {
  await store.write((api, init) => api.updateCollection({ collection_name: physical, metadata }, init));
}

/** Replaces what is known of a generation. */
export async function keepStatistics(store: Store, physical: string, statistics: Statistics): Promise<void> {
  await patch(store, physical, { rag_statistics: statistics });
}

/** Replaces what a generation's own passages say of its evidence signals; under a key of its own, so that statistics never undo it. */
export async function keepEvidenceLevels(store: Store, physical: string, levels: KeptLevels): Promise<void> {
  await patch(store, physical, { rag_evidence: levels });
}

/** Whether a generation's statistics were kept, be it those of nothing: a reindexing copies nothing into one before they are. */
export function areKept(statistics: Statistics): boolean {
  return statistics !== NO_STATISTICS;
}

/**
 * Settles which statistics an empty generation is written with, when several jobs at once are its first: those that came first.
 *
 * They stand in a point of the generation itself that is never replaced (Qdrant's `insert_only`), so that a worker that dies in
 * between, or is late, weighs its chunks as the others do.
 */
export async function agreeOnStatistics(store: Store, physical: string, measured: Statistics): Promise<Statistics> {
  const id = statisticsPointId(physical);
  const points = [{ id, vector: {}, payload: { kind: 'statistics', statistics: measured } }];
  await store.write((api, init) => api.upsertPoints({ collection_name: physical, wait: true, update_mode: 'insert_only', points }, init));
  const [point] = await store.read((api, init) =>
    api.getPoints({ collection_name: physical, ids: [id], with_payload: true, with_vector: false }, init),
  );
  return (point?.payload as { statistics: Statistics } | undefined)?.statistics ?? measured;
}

/** Stands for the revision while the contents change: whoever reads it uses nothing remembered, and remembers nothing. */
export const CHANGING = 'changing';

/** Tells every reader that the generation's contents change from here on. A writer that dies leaves it so, which is safe. */
export async function beginRevision(store: Store, physical: string): Promise<void> {
  await patch(store, physical, { rag_revision: CHANGING });
}

/** Tells every reader that the generation's contents have changed, so that nothing remembered of them before is used again. */
export async function moveRevision(store: Store, physical: string): Promise<void> {
  await patch(store, physical, { rag_revision: crypto.randomUUID() });
}
