import { findCollection, findGeneration, type Collection } from '../_kernel/corpus/collections.ts';
import { deleteDocument, findRecords, pageOfDocuments } from '../_kernel/corpus/documents.ts';
import { abandonReindex, switchGeneration } from '../_kernel/corpus/generations.ts';
import { noteReindex, type JobRecord, type ReindexProgress } from '../_kernel/corpus/jobs.ts';
import type { DocumentRecord } from '../_kernel/corpus/payload.ts';
import { areKept, keepStatistics } from '../_kernel/corpus/statistics.ts';
import { JOB_DOCUMENTS_AT_ONCE } from '../_kernel/limits.ts';
import { NO_TALLY, statisticsOf } from '../_kernel/retrieval/tally.ts';
import { calibrated } from './calibrated.ts';
import { indexInto } from './indexing.ts';
import { measure } from './measure.ts';
import type { Step, WorkContext } from './work.ts';

const sourceOf = ({ documentId, version, title, url, contentType, language, metadata, content, jobId }: DocumentRecord) => ({
  documentId,
  version,
  title,
  url,
  contentType,
  language: language ?? null,
  metadata,
  content,
  jobId,
});

/**
 * The next page of a reindexing. Twice it goes over the stored texts of the generation that readers see: first they are measured, then
 * indexed into the one being built. After the last page the alias is switched.
 *
 * Documents that were written since are in both already; one that was deleted while its page was copied is deleted again.
 */
export function reindexStep(context: WorkContext, job: JobRecord): Step {
  const { store, clock } = context;
  const progress = job.reindex!;
  const keep = (change: Partial<ReindexProgress>) =>
    noteReindex(store, job.jobId, { ...progress, ...change, updatedAt: new Date(clock()).toISOString() });

  async function measurePage(collection: Collection, next: Collection): Promise<void> {
    const { cursor, tally } = progress.measured ?? { cursor: null, tally: NO_TALLY };
    const page = await pageOfDocuments(store, collection.physical, { limit: JOB_DOCUMENTS_AT_ONCE, cursor, withText: true });
    const { language } = collection.statistics;
    const sum = page.documents.reduce((so, one) => measure(so, sourceOf(one), next.fingerprint.chunkChars, language), tally);
    if (page.nextCursor !== null) return keep({ measured: { cursor: page.nextCursor, tally: sum } });
    await keepStatistics(store, next.physical, statisticsOf(sum, language));
    if (progress.measured !== null) await keep({ measured: null });
  }

  return {
    async next(pause) {
      if (progress.outcome !== 'pending') return false;
      const collection = await findCollection(store, job.collection);
      const next = collection === null ? null : await findGeneration(store, job.collection, progress.generation);
      if (collection?.generation === progress.generation) {
        await keep({ outcome: 'done' }); // switched by a worker that died before it could say so
        return false;
      }
      if (collection === null || next === null || collection.reindex?.jobId !== job.jobId) {
        await keep({
          outcome: 'failed',
          failure: { code: 'collection_not_found', detail: 'The collection was deleted while it was reindexed.' },
        });
        return false;
      }
      if (!areKept(next.statistics)) {
        await measurePage(collection, next);
        return true;
      }
      const page = await pageOfDocuments(store, collection.physical, {
        limit: JOB_DOCUMENTS_AT_ONCE,
        cursor: progress.cursor,
        withText: true,
      });
      const indexed = await indexInto({ store, clock, passages: context.embedder.passages, pause }, next, page.documents.map(sourceOf));
      const ids = page.documents.map((one) => one.documentId);
      const still = ids.length === 0 ? new Map() : await findRecords(store, collection.physical, collection.name, ids);
      for (const id of ids) if (!still.has(id)) await deleteDocument(store, next.physical, collection.name, id);
      const done = progress.done + page.documents.length;
      const chunks = progress.chunks + indexed.reduce((sum, one) => sum + one.chunks, 0);
      if (page.nextCursor !== null) {
        await keep({ cursor: page.nextCursor, done, total: Math.max(progress.total, done), chunks });
        return true;
      }
      await calibrated(context, next);
      await switchGeneration(store, collection, next);
      await keep({ cursor: null, done, total: done, chunks, outcome: 'done' });
      return false;
    },

    async giveUp(failure) {
      const collection = await findCollection(store, job.collection);
      if (collection?.reindex?.jobId === job.jobId) await abandonReindex(store, collection);
      await keep({ outcome: 'failed', failure });
    },
  };
}
