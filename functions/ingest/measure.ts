import { findGeneration, type Collection } from '../_kernel/corpus/collections.ts';
import type { DocumentRecord } from '../_kernel/corpus/payload.ts';
import { pendingByHash, stagedTexts } from '../_kernel/corpus/staged.ts';
import { agreeOnStatistics, keepStatistics, type Statistics } from '../_kernel/corpus/statistics.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { JOB_DOCUMENTS_AT_ONCE, STATISTICS_CHUNKS, STATISTICS_CHUNKS_PER_DOCUMENT } from '../_kernel/limits.ts';
import { detectLanguage, type Language } from '../_kernel/retrieval/languages.ts';
import { NO_TALLY, statisticsOf, tallied, type Tally } from '../_kernel/retrieval/tally.ts';
import { chunk } from './chunk.ts';

type Text = Pick<DocumentRecord, 'title' | 'content' | 'contentType' | 'language'>;

/** Adds a document to what a generation's documents sum up to, cut as it will be. @param otherwise a text's language when it shows none. */
export function measure(tally: Tally, document: Text, chunkChars: number, otherwise: Language): Tally {
  const { content, title, contentType } = document;
  const detected = document.language ?? detectLanguage(content, 'und');
  const voted = document.language !== null || detected !== 'und';
  const chunks = chunk(content, { contentType, chunkChars }).map(({ start, end }) => content.slice(start, end));
  return tallied(tally, { title, chunks, language: voted ? detected : otherwise, voted }, STATISTICS_CHUNKS_PER_DOCUMENT);
}

/**
 * The statistics of a job's documents, from the first thousand chunks in the order of their content's hash: all of a small job, a fair
 * sample of a large one, and the same for every worker and every order of the documents.
 */
export async function measureJob(store: Store, jobId: string, chunkChars: number, pause: () => Promise<void>): Promise<Statistics> {
  const ids = await pendingByHash(store, jobId);
  let tally = NO_TALLY;
  let analysed = 0;
  for (let at = 0; at < ids.length && analysed < STATISTICS_CHUNKS; at += JOB_DOCUMENTS_AT_ONCE) {
    await pause();
    for (const { text, title, contentType, language } of await stagedTexts(store, ids.slice(at, at + JOB_DOCUMENTS_AT_ONCE))) {
      if (analysed >= STATISTICS_CHUNKS) break;
      const before = tally.passages;
      tally = measure(tally, { content: text, title, contentType, language: language ?? null }, chunkChars, 'en');
      analysed += Math.min(tally.passages - before, STATISTICS_CHUNKS_PER_DOCUMENT);
    }
  }
  return statisticsOf(tally, 'en');
}

/**
 * A collection with the statistics that its documents are indexed with: those kept, else those of the job that is its first.
 *
 * They are kept before the first chunk is written, and chunks of one generation are all weighed by the same.
 */
export async function withStatistics(store: Store, collection: Collection, jobId: string, pause: () => Promise<void>): Promise<Collection> {
  if (collection.statistics.passages > 0) return collection;
  const { name, generation, physical, fingerprint } = collection;
  const statistics = await agreeOnStatistics(store, physical, await measureJob(store, jobId, fingerprint.chunkChars, pause));
  const now = await findGeneration(store, name, generation);
  if (now !== null && now.statistics.passages > 0) return { ...collection, statistics: now.statistics };
  await keepStatistics(store, physical, statistics);
  return { ...collection, statistics };
}
