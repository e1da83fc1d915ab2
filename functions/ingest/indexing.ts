import { knownChunks, writeChunks, type EmbeddedChunk } from '../_kernel/corpus/chunks.ts';
import { indexNumbers, type Collection } from '../_kernel/corpus/collections.ts';
import { findRecords, publish, sweep } from '../_kernel/corpus/documents.ts';
import type { Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import type { DocumentRecord } from '../_kernel/corpus/payload.ts';
import { moveRevision } from '../_kernel/corpus/statistics.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { EMBED_BATCH_TEXTS, EMBED_BATCHES_AT_ONCE } from '../_kernel/limits.ts';
import { detectLanguage, type Language } from '../_kernel/retrieval/languages.ts';
import { count as countMetric } from '../_kernel/telemetry/meter.ts';
import { documentVector, type AverageLengths } from '../_kernel/retrieval/sparse.ts';
import { chunk } from './chunk.ts';
import { embedPieces, type Piece } from './embed.ts';

/** A version of a document that is to be in a collection. */
export type Source = Pick<
  DocumentRecord,
  'documentId' | 'version' | 'title' | 'url' | 'contentType' | 'language' | 'metadata' | 'content' | 'jobId'
>;
/** What became of it. `refused` are the passages that the model would not have, `unranged` the numeric keys without a range. */
export type Indexed = {
  source: Source;
  outcome: 'done' | 'unchanged';
  chunks: number;
  refused: { start: number; end: number; why: string }[];
  unranged: string[];
};

export type IndexContext = {
  store: Store;
  /** Vectors by the model an index was made with. */
  passages(texts: string[], fingerprint: Fingerprint, options: { retried: boolean }): Promise<number[][]>;
  clock(): number;
  /** Called between two batches: tells of progress, and throws when this worker should stop. */
  pause(progress: ReadonlyMap<Source, { chunks: number; done: number }>): Promise<void>;
};

type Wanted = Piece & { source: Source; headings: string[]; language: Language };

const contextOf = (title: string | null, headings: readonly string[]): string =>
  [...new Set([title ?? '', ...headings])].filter(Boolean).join(' › ');
/** What makes two passages of a document the same to the model. */
const sameText = (documentId: string, title: string | null, headings: readonly string[], text: string): string =>
  JSON.stringify([documentId, title, headings, text]);

/** A document's chunks, all in its language: that of a short chunk, a table or a list cannot be told. */
function cut(source: Source, { fingerprint, statistics }: Collection): Wanted[] {
  const { content, contentType } = source;
  const language = source.language ?? detectLanguage(content, statistics.language);
  return chunk(content, { contentType, chunkChars: fingerprint.chunkChars }).map((span) => {
    const { headings } = span;
    const text = content.slice(span.start, span.end);
    return { source, start: span.start, end: span.end, text, headings, language, context: contextOf(source.title, headings) };
  });
}

function chunkOf({ source, start, end, text, headings, language }: Wanted, dense: number[], lengths: AverageLengths): EmbeddedChunk {
  const { documentId, version, title, url, metadata } = source;
  const lexical = documentVector({ text, title, language }, lengths);
  return { documentId, version, start, end, text, headings, title, url, metadata, dense, lexical };
}

/** Runs `work` over batches, a few at once; the first error stops the rest from starting. */
async function inBatches<T>(items: readonly T[], work: (batch: T[]) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const runner = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const batch = items.slice(next, next + EMBED_BATCH_TEXTS);
      next += batch.length;
      try {
        await work(batch);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: EMBED_BATCHES_AT_ONCE }, runner));
  const lost = ended.find((one) => one.status === 'rejected');
  if (lost !== undefined) throw lost.reason;
}

/**
 * Puts versions of documents into one generation of a collection: cuts them, embeds only the passages whose vectors are not there
 * already, writes the chunks, and publishes the versions once all of theirs are written.
 *
 * Doing it twice, or half and then whole, writes the same points. @throws what the model or Qdrant throws, and what `pause` throws.
 */
export async function indexInto(context: IndexContext, collection: Collection, sources: readonly Source[]): Promise<Indexed[]> {
  const { store } = context;
  const { physical, name } = collection;
  const records = await findRecords(
    store,
    physical,
    name,
    sources.map((one) => one.documentId),
  );
  const isThere = (source: Source) => {
    const record = records.get(source.documentId);
    return record?.version === source.version && record.missing === 0;
  };
  const there = sources.filter(isThere);
  const changed = sources.filter((source) => !isThere(source));
  await sweep(
    store,
    physical,
    name,
    there.map((source) => records.get(source.documentId)!),
  );
  const settled = there.map((source): Indexed => {
    const record = records.get(source.documentId)!;
    // The worker before us published it and died before it could say so.
    return { source, outcome: record.jobId === source.jobId ? 'done' : 'unchanged', chunks: record.chunks, refused: [], unranged: [] };
  });
  if (changed.length > 0) return [...settled, ...(await write(context, collection, changed))];
  // That worker may have died before it moved the revision, and so may another job's.
  if (collection.revision === null || settled.some(({ outcome }) => outcome === 'done')) await moveRevision(store, physical);
  return settled;
}

async function write(context: IndexContext, collection: Collection, sources: readonly Source[]): Promise<Indexed[]> {
  const { store, clock } = context;
  const { physical, name, fingerprint, statistics } = collection;
  const numeric = sources.flatMap(({ metadata }) =>
    Object.entries(metadata).filter(([, value]) => [value].flat().some((one) => typeof one === 'number')),
  );
  const unranged = await indexNumbers(store, collection, new Set(numeric.map(([key]) => key)));
  const pieces = sources.flatMap((source) => cut(source, collection));
  const known = new Map(
    (
      await knownChunks(
        store,
        physical,
        sources.map((one) => one.documentId),
      )
    ).map((one) => [sameText(one.documentId, one.title, one.headings, one.text), one]),
  );
  const progress = new Map(sources.map((source) => [source, { chunks: pieces.filter((one) => one.source === source).length, done: 0 }]));
  const written = new Map(sources.map((source) => [source, 0]));
  const refused = new Map(sources.map((source): [Source, Indexed['refused']] => [source, []]));
  const count = (chunks: readonly EmbeddedChunk[], from: readonly Wanted[]) => {
    const owner = new Map(from.map((one) => [one.source.documentId, one.source]));
    for (const { documentId } of chunks) written.set(owner.get(documentId)!, written.get(owner.get(documentId)!)! + 1);
    for (const { source } of from) progress.get(source)!.done++;
  };
  const reused: EmbeddedChunk[] = [];
  const fresh: Wanted[] = [];
  const spared: Wanted[] = [];
  for (const piece of pieces) {
    const { source, headings, text } = piece;
    const before = known.get(sameText(source.documentId, source.title, headings, text));
    if (before === undefined) {
      fresh.push(piece);
      continue;
    }
    spared.push(piece);
    reused.push(chunkOf(piece, before.dense, statistics.lengths));
  }
  await writeChunks(store, physical, name, reused);
  count(reused, spared);
  await inBatches(fresh, async (batch) => {
    await context.pause(progress);
    const embed = (texts: string[], options: { retried: boolean }) => context.passages(texts, fingerprint, options);
    const embedded = await embedPieces({ passages: embed }, batch);
    const chunks = embedded.flatMap((one) => ('dense' in one ? [chunkOf(one.piece, one.dense, statistics.lengths)] : []));
    for (const one of embedded)
      if ('refused' in one) refused.get(one.piece.source)!.push({ start: one.piece.start, end: one.piece.end, why: one.refused });
    await writeChunks(store, physical, name, chunks);
    count(chunks, batch);
  });
  const updatedAt = new Date(clock()).toISOString();
  const publications = sources.map((source) => {
    const missing = refused.get(source)!.length;
    return { ...source, chunks: written.get(source)!, missing, characters: source.content.length, updatedAt };
  });
  await publish(store, physical, name, publications);
  countMetric(
    'rag_chunks_indexed_total',
    {},
    publications.reduce((sum, { chunks }) => sum + chunks, 0),
  );
  return sources.map((source) => ({
    source,
    outcome: 'done',
    chunks: written.get(source)!,
    refused: refused.get(source)!,
    unranged: Object.keys(source.metadata).filter((key) => unranged.has(key)),
  }));
}
