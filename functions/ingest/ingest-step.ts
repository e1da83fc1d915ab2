import { findCollection, generationsOf, type Collection } from '../_kernel/corpus/collections.ts';
import { nextPending, note, settle, type Settlement, type StagedRecord } from '../_kernel/corpus/staged.ts';
import type { JobRecord } from '../_kernel/corpus/jobs.ts';
import { areKept } from '../_kernel/corpus/statistics.ts';
import { JOB_DOCUMENTS_AT_ONCE, NUMBER_INDEXES_MAX, PROGRESS_MS } from '../_kernel/limits.ts';
import { OUTGROWN_MIDWAY_BY } from '../_kernel/retrieval/calibrate.ts';
import { calibrated } from './calibrated.ts';
import { collectionFor } from './collection-for.ts';
import { withStatistics } from './measure.ts';
import { indexInto, type Indexed, type Source } from './indexing.ts';
import type { Step, WorkContext } from './work.ts';

const sourceOf = ({ documentId, version, title, url, contentType, language, metadata, text, jobId }: StagedRecord): Source => ({
  documentId,
  version,
  title,
  url,
  contentType,
  language: language ?? null,
  metadata,
  jobId,
  content: text,
});

function settlementOf(staged: StagedRecord, { outcome, chunks, refused, unranged }: Indexed): Settlement {
  if (unranged.length > 0 && refused.length === 0) {
    const detail = `The collection compares ${NUMBER_INDEXES_MAX} numeric keys already: ${unranged.join(', ')} can be matched, not filtered by range. The document is indexed.`;
    return { staged, outcome, chunks, failure: { code: 'ranges_exhausted', detail } };
  }
  if (refused.length === 0) return { staged, outcome, chunks, failure: null };
  const places = refused.map(({ start, end, why }) => `characters ${start}–${end} (${why})`).join(', ');
  const detail = `${refused.length} of ${chunks + refused.length} passages could not be embedded: ${places}. The rest is indexed.`;
  return { staged, outcome, chunks, failure: { code: 'document_unreadable', detail } };
}

/** The next documents of an ingestion: into every generation of the collection that is being written, then settled. */
export function ingestStep(context: WorkContext, job: JobRecord): Step {
  const { store, clock } = context;
  const now = () => new Date(clock()).toISOString();
  let batch: StagedRecord[] = [];

  async function into(collection: Collection, sources: readonly Source[], pause: () => Promise<void>): Promise<Indexed[]> {
    let noted = clock();
    return indexInto(
      {
        store,
        clock,
        passages: context.embedder.passages,
        async pause(progress) {
          await pause();
          if (clock() - noted < PROGRESS_MS) return;
          noted = clock();
          const lines = [...progress].map(([source, { chunks, done }]) => ({
            staged: batch[sources.indexOf(source)]!,
            chunks,
            chunksDone: done,
          }));
          await note(store, lines, now());
        },
      },
      collection,
      sources,
    );
  }

  return {
    async next(pause) {
      const pending = await nextPending(store, job.jobId, JOB_DOCUMENTS_AT_ONCE + 1);
      batch = pending.slice(0, JOB_DOCUMENTS_AT_ONCE);
      if (batch.length === 0) return false;
      const sources = batch.map(sourceOf);
      let collection: Collection | null = await withStatistics(store, await collectionFor(context, job.collection), job.jobId, pause);
      let results: Indexed[] | null = null;
      const reached = new Set<number>();
      // A reindexing may begin or switch meanwhile: go round until every generation that counts now has been written.
      while (collection !== null) {
        const { generation } = collection;
        // A generation that is still being measured is copied afterwards, and what was written here with it.
        const open: Collection[] = (await generationsOf(store, collection)).filter(
          (one) => !reached.has(one.generation) && (one.generation === generation || areKept(one.statistics)),
        );
        if (open.length === 0) break;
        for (const one of open) {
          const indexed = await into(one, sources, pause);
          results ??= indexed;
          reached.add(one.generation);
        }
        const found = await findCollection(store, job.collection);
        collection = found && (await withStatistics(store, found, job.jobId, pause));
      }
      // Before the job can be seen to have ended: who waits for it asks next.
      const measuredFrom = pending.length > batch.length ? OUTGROWN_MIDWAY_BY : undefined;
      if (collection !== null) await calibrated(context, collection, measuredFrom);
      const byId = new Map((results ?? []).map((one) => [one.source.documentId, one]));
      await settle(
        store,
        batch.map((staged) => settlementOf(staged, byId.get(staged.documentId)!)),
        now(),
      );
      return true;
    },

    async giveUp(failure) {
      const failed = batch.map((staged): Settlement => ({ staged, outcome: 'failed', chunks: 0, failure }));
      await settle(store, failed, now());
    },
  };
}
