import { findJobRecord, stage } from '../_kernel/corpus/jobs.ts';
import type { StagedDocument } from '../_kernel/corpus/staged.ts';
import { documentIdOf, jobIdOf } from '../_kernel/corpus/names.ts';
import type { Metadata } from '../_kernel/corpus/payload.ts';
import type { Language } from '../_kernel/retrieval/languages.ts';
import { Failure, isUnavailable, type FieldError } from '../_kernel/failure.ts';
import { hashOf } from '../_kernel/hash.ts';
import { count } from '../_kernel/telemetry/meter.ts';
import type { ContentType, IngestDocument, TextType } from './contract.ts';
import { readFile, readText, type Read } from './read.ts';
import { collectionFor } from './collection-for.ts';
import type { WorkContext } from './work.ts';

/** A document as it came: its text or its bytes, and where it stood in the request, for messages. */
export type Incoming = {
  at: string;
  id: string | null;
  title: string | null;
  url: string | null;
  /** As the client gave it; null is to be detected. */
  language: Language | null;
  metadata: Metadata;
} & ({ contentType: TextType; content: string } | { contentType: ContentType; content: Uint8Array });

const isText = (one: Incoming): one is Incoming & { content: string; contentType: TextType } => typeof one.content === 'string';

/** Documents of a JSON body as they came. */
export function incomingOf(documents: readonly IngestDocument[]): Incoming[] {
  return documents.map(({ id, title, url, contentType, language, metadata, text }, i) => ({
    at: `documents[${i}]`,
    id: id ?? null,
    title: title ?? null,
    url: url ?? null,
    contentType,
    language: language ?? null,
    metadata,
    content: text,
  }));
}

async function staged(document: Incoming, read: Read): Promise<StagedDocument> {
  const { url, contentType, language, metadata } = document;
  const { text, title: own } = 'why' in read ? { text: '', title: null } : read.readable;
  const title = document.title ?? own;
  const documentId = document.id ?? documentIdOf({ title, url, text });
  const version = await hashOf([documentId, text, title, url, contentType, metadata, ...(language === null ? [] : [language])]);
  const failure = 'why' in read ? { code: 'document_unreadable', detail: `The document ${read.why}.` } : null;
  const outcome = failure === null ? 'pending' : 'failed';
  return { documentId, title, url, contentType, language, metadata, text, version, outcome, failure };
}

/** Two documents under one id would overwrite each other in an order nobody chose; equal content is one document. */
function withoutRepeats(documents: readonly StagedDocument[], incoming: readonly Incoming[]): StagedDocument[] {
  const first = new Map<string, StagedDocument>();
  const errors: FieldError[] = [];
  for (const [i, document] of documents.entries()) {
    const before = first.get(document.documentId);
    if (before === undefined) first.set(document.documentId, document);
    else if (before.version !== document.version)
      errors.push({ path: incoming[i]!.at, message: `has the same id as another document of this request: ${document.documentId}` });
  }
  if (errors.length > 0) throw new Failure({ code: 'invalid_request', errors });
  return [...first.values()];
}

/**
 * Accepts documents: reads them, refuses what can never be indexed, and keeps the rest as a job that `work` will do.
 *
 * @param key the client's idempotency key or null; a replay of the same request is the same job.
 * @returns the job's id. @throws Failure `document_unreadable` when none could be read, `index_mismatch`, `idempotency_key_reused`,
 * `invalid_request`, `dependency_unavailable` (Qdrant). Nothing is kept then.
 */
export async function ingest(context: WorkContext, collection: string, incoming: readonly Incoming[], key: string | null): Promise<string> {
  const reads: Read[] = [];
  // One after another: reading a file takes memory, and an isolate has little.
  for (const one of incoming)
    reads.push(isText(one) ? readText(one.content, one.contentType) : await readFile(one.content, one.contentType));
  const unreadable = reads.flatMap((read, i): FieldError[] => ('why' in read ? [{ path: incoming[i]!.at, message: read.why }] : []));
  if (unreadable.length === incoming.length) throw new Failure({ code: 'document_unreadable', errors: unreadable });
  const documents = withoutRepeats(await Promise.all(reads.map((read, i) => staged(incoming[i]!, read))), incoming);
  const bodyHash = await hashOf([collection, documents.map(({ documentId, version }) => [documentId, version])]);
  const jobId = jobIdOf(context.store.tenant, key === null ? { seed: crypto.randomUUID() } : { idempotencyKey: key });
  if (key !== null) {
    const before = await findJobRecord(context.store, jobId);
    if (before !== null && before.bodyHash !== bodyHash) throw new Failure({ code: 'idempotency_key_reused' });
    if (before !== null) return jobId;
  }
  try {
    await collectionFor(context, collection);
  } catch (error) {
    // Without the model its dimension is not known; the job waits for it and makes the collection then.
    if (!isUnavailable(error, 'ollama_embedding')) throw error;
  }
  const now = context.clock();
  await stage(context.store, { jobId, collection, bodyHash, createdAt: new Date(now).toISOString(), createdAtMs: now }, documents);
  count('rag_jobs_total', { state: 'queued' });
  return jobId;
}
