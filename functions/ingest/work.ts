import { createCollection, findCollection, indexNumbers, type Collection } from '../_kernel/corpus/collections.ts';
import { findRecord, publish, sweep, writeChunks, type EmbeddedChunk } from '../_kernel/corpus/documents.ts';
import { differences, type Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import { findJobRecord, nextPending, note, settle, type JobRecord, type StagedFailure, type StagedRecord } from '../_kernel/corpus/jobs.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { Failure, UpstreamFault } from '../_kernel/failure.ts';
import { EMBED_BATCH_TEXTS, JOB_PATIENCE_MS, JOB_SLICE_MS } from '../_kernel/limits.ts';
import type { Leases } from '../_kernel/policy/lease.ts';
import { DEFAULT_LENGTHS, documentVector } from '../_kernel/retrieval/sparse.ts';
import { chunk } from './chunk.ts';

export type WorkContext = {
  store: Store;
  embedder: { passages(texts: string[], dimension: number): Promise<number[][]>; fingerprint(): Promise<Fingerprint> };
  leases: Leases;
  /** Goes on with the job in another invocation; null where this one may last (Node). */
  goOn: ((jobId: string) => Promise<void>) | null;
  clock(): number;
  sleep(ms: number): Promise<void>;
};

const isoTime = (ms: number) => new Date(ms).toISOString();

/** The collection a job writes to, made now if need be. @throws Failure `index_mismatch`. */
export async function collectionFor(context: Pick<WorkContext, 'store' | 'embedder' | 'clock'>, name: string): Promise<Collection> {
  const found = await findCollection(context.store, name);
  const fingerprint = await context.embedder.fingerprint();
  if (found === null) {
    try {
      return await createCollection(context.store, { name, description: null, fingerprint, createdAt: isoTime(context.clock()) });
    } catch (error) {
      if (!(error instanceof Failure && error.reason.code === 'collection_exists')) throw error;
      return collectionFor(context, name); // somebody else was quicker
    }
  }
  const different = differences(found.fingerprint, fingerprint);
  if (different.length > 0) throw new Failure({ code: 'index_mismatch', collection: name, differences: different });
  return found;
}

async function index(
  context: WorkContext,
  collection: Collection,
  staged: StagedRecord,
): Promise<{ outcome: 'done' | 'unchanged'; chunks: number }> {
  const { store, embedder, clock } = context;
  const { documentId, version, title, url, contentType, metadata, text } = staged;
  const before = await findRecord(store, collection.name, documentId);
  if (before?.version === version) {
    await sweep(store, collection.name, before);
    return { outcome: 'unchanged', chunks: before.chunks };
  }
  const numeric = Object.entries(metadata).filter(([, value]) => [value].flat().some((one) => typeof one === 'number'));
  await indexNumbers(
    store,
    collection,
    numeric.map(([key]) => key),
  );
  const spans = chunk(text);
  await note(store, staged, { chunks: spans.length, chunksDone: 0, updatedAt: isoTime(clock()) });
  for (let at = 0; at < spans.length; at += EMBED_BATCH_TEXTS) {
    const batch = spans.slice(at, at + EMBED_BATCH_TEXTS).map(({ start, end }) => ({ start, end, text: text.slice(start, end) }));
    // The title helps to tell what a passage is about; it is embedded with it and never quoted.
    const dense = await embedder.passages(
      batch.map((one) => (title === null ? one.text : `${title}\n\n${one.text}`)),
      collection.fingerprint.dimension,
    );
    const chunks = batch.map((one, i): EmbeddedChunk => ({
      ...one,
      dense: dense[i]!,
      lexical: documentVector({ text: one.text, title }, DEFAULT_LENGTHS),
    }));
    await writeChunks(store, collection, staged, chunks);
    await context.leases.keep(staged.jobId, null);
    if (spans.length > EMBED_BATCH_TEXTS)
      await note(store, staged, { chunks: spans.length, chunksDone: at + batch.length, updatedAt: isoTime(clock()) });
  }
  await publish(store, collection, {
    documentId,
    version,
    title,
    url,
    contentType,
    metadata,
    content: text,
    chunks: spans.length,
    characters: text.length,
    updatedAt: isoTime(clock()),
  });
  return { outcome: 'done', chunks: spans.length };
}

/** Fixed sentences for what can happen to one document; never an upstream's words. */
function failureOf(error: unknown): StagedFailure {
  if (error instanceof UpstreamFault && error.fault.kind === 'input_too_long') {
    return { code: 'document_unreadable', detail: 'A passage is longer than the context of the embedding model.' };
  }
  if (error instanceof UpstreamFault && error.fault.kind === 'model_missing') {
    return { code: 'dependency_unavailable', detail: 'The embedding model is not present; pull it into Ollama and ingest again.' };
  }
  if (!(error instanceof Failure))
    return { code: 'internal', detail: 'Indexing this document failed inside the service; ingest it again.' };
  const { code } = error.reason;
  if (code === 'index_mismatch')
    return { code, detail: 'The collection was indexed with another model or chunking than is configured; reindex it.' };
  if (code === 'deadline_exceeded') return { code, detail: 'A dependency did not answer in time; ingest the document again.' };
  return { code, detail: 'A dependency was not available for too long; ingest the document again.' };
}

/** How long to wait before the same document is tried again, and for whom; null when trying again would not help. */
function waitFor(error: unknown, job: JobRecord, now: number): { ms: number; dependency: string } | null {
  if (!(error instanceof Failure) || now - job.createdAtMs > JOB_PATIENCE_MS) return null;
  if (error.reason.code === 'dependency_unavailable')
    return { ms: Math.min(5_000, Math.max(100, error.reason.retryAfterMs)), dependency: error.reason.dependency };
  return error.reason.code === 'deadline_exceeded' ? { ms: 1_000, dependency: error.reason.dependency } : null;
}

/** Indexes the job's next document; false when none is left or the job was cancelled. */
async function step(context: WorkContext, jobId: string): Promise<boolean> {
  const { store, clock } = context;
  const job = await findJobRecord(store, jobId);
  if (job === null || job.cancelled) return false;
  const staged = await nextPending(store, jobId);
  if (staged === null) return false;
  try {
    const result = await index(context, await collectionFor(context, job.collection), staged);
    await settle(store, staged, { ...result, failure: null, updatedAt: isoTime(clock()) });
  } catch (error) {
    const wait = waitFor(error, job, clock());
    if (wait === null)
      await settle(store, staged, { outcome: 'failed', chunks: 0, failure: failureOf(error), updatedAt: isoTime(clock()) });
    else {
      await context.leases.keep(jobId, wait.dependency);
      await context.sleep(wait.ms);
    }
  }
  return true;
}

/**
 * Works on a job until it has ended or this invocation's time is spent, under a lease that one worker holds at a time.
 *
 * A worker that dies leaves the lease to run out and the next one goes on from the last settled document; doing a document twice
 * writes the same points.
 */
export async function work(context: WorkContext, jobId: string): Promise<void> {
  if (!(await context.leases.take(jobId))) return;
  const until = context.clock() + JOB_SLICE_MS;
  let more = true;
  try {
    do {
      more = (await step(context, jobId)) && (await context.leases.keep(jobId, null));
    } while (more && (context.goOn === null || context.clock() < until));
  } finally {
    await context.leases.release(jobId);
  }
  if (more) await context.goOn?.(jobId);
}
