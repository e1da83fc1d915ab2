import type { CallToolResult, ResourceLink } from '@modelcontextprotocol/server';
import { RagError, type CollectionList, type Job, type QueryResponse, type SearchResponse } from '../_kernel/client/client.ts';
import type { DocumentPart } from './contract.ts';
import { uriOf } from './resources.ts';

// What the tools answer: text for a model to read, the same as values, and links to what it was taken from.

const text = (lines: readonly string[]) => ({ type: 'text' as const, text: lines.join('\n') });

/** A link that `resources/read` answers with exactly the text it speaks of. */
function link(
  collection: string,
  of: { documentId: string; title: string | null },
  start: number,
  end: number,
  quote: string,
): ResourceLink {
  const { documentId, title } = of;
  const uri = uriOf({ collection, documentId, span: { start, end } });
  return { type: 'resource_link', uri, name: documentId, title: title ?? documentId, description: quote, mimeType: 'text/plain' };
}

const source = ({ documentId, title, url }: { documentId: string; title: string | null; url: string | null }): string =>
  [title ?? documentId, ...(title === null ? [] : [documentId]), ...(url === null ? [] : [url])].join(', ');

const withoutLines = (degraded: readonly string[]): string[] =>
  degraded.length === 0 ? [] : ['', `Answered without: ${degraded.join(', ')}`];

/** Passages, best first. */
export function searchResult(found: SearchResponse): CallToolResult {
  const { hits, collection, degraded } = found;
  const lines = hits.flatMap((hit, i) => [
    `${i + 1}. ${source(hit)} (characters ${hit.span.start}–${hit.span.end}, score ${hit.scores.fused.toFixed(3)})`,
    hit.text,
    '',
  ]);
  const links = hits.map((hit) => link(collection, hit, hit.span.start, hit.span.end, hit.text));
  const said = hits.length === 0 ? [`Nothing in the collection ${collection} matches.`] : lines;
  return { content: [text([...said, ...withoutLines(degraded)]), ...links], structuredContent: found };
}

/** An answer and the quotes it rests on. The passages that were searched are left out: `search` gives them. */
export function queryResult(collection: string, answered: QueryResponse): CallToolResult {
  const { hits: _, timings: __, ...rest } = answered;
  const { answerable, reason, answer, citations, unsupported, degraded } = rest;
  const lines = answerable
    ? [answer, '', ...citations.map((one) => `[${one.marker}] ${source(one)}: “${one.quote}”`)]
    : [`The documents of the collection ${collection} do not answer this (${reason}). Do not answer it from them.`];
  const doubts = unsupported.length === 0 ? [] : ['', 'Not covered by any citation:', ...unsupported.map((one) => `- ${one}`)];
  const links = citations.map((one) => link(collection, one, one.start, one.end, one.quote));
  return { content: [text([...lines, ...doubts, ...withoutLines(degraded)]), ...links], structuredContent: { collection, ...rest } };
}

/** The collections with their counts. */
export function collectionsResult({ collections }: CollectionList): CallToolResult {
  const brief = collections.map(({ name, description, documents, chunks }) => ({ name, description, documents, chunks }));
  const lines = brief.map(
    ({ name, description, documents }) => `${name}: ${documents} documents${description === null ? '' : `. ${description}`}`,
  );
  const said = lines.length === 0 ? ['There are no collections yet; ingesting a document makes one.'] : lines;
  return { content: [text(said)], structuredContent: { collections: brief } };
}

/** A part of a document, and where the rest begins. */
export function documentResult(part: DocumentPart): CallToolResult {
  const { collection, id, title, start, end, characters } = part;
  const rest = end < characters ? [`The rest begins at ${end}: ask again with start ${end}.`] : [];
  const head = `${title ?? id}, characters ${start}–${end} of ${characters}. ${rest.join('')}`.trimEnd();
  const whole = link(collection, { documentId: id, title }, start, end, head);
  return { content: [text([head, '', part.text]), whole], structuredContent: part };
}

/** What became of a document that was sent. */
export function ingestResult(job: Job): CallToolResult {
  const { state, collection, documents, failures, jobId } = job;
  const failed = failures.map(({ documentId, detail }) => `${documentId}: ${detail}`);
  const done = documents.unchanged > 0 ? 'was there already, unchanged' : 'can be searched now';
  const said: Record<Job['state'], string> = {
    queued: `is waiting to be indexed into ${collection} (job ${jobId})`,
    running: `is being indexed into ${collection} (job ${jobId})`,
    succeeded: `${done} in ${collection}`,
    partial: `could not be indexed into ${collection}`,
    failed: `could not be indexed into ${collection}`,
    cancelled: `was not indexed: the job ${jobId} was cancelled`,
  };
  const isError = state === 'failed' || state === 'partial' || state === 'cancelled';
  return { content: [text([`The document ${said[state]}.`, ...failed])], structuredContent: job, ...(isError && { isError }) };
}

/**
 * A failure as a model can act on it: what the service said, its code, when to try again, and the id that finds it in the log.
 *
 * Of an error that is not the service's own nothing is told.
 */
export function failedResult(error: unknown): CallToolResult {
  const known = error instanceof RagError ? error : null;
  const { code, status, requestId, retryAfterMs, dependency } = known ?? {
    code: 'internal',
    status: 500,
    requestId: null,
    retryAfterMs: null,
    dependency: null,
  };
  const later = retryAfterMs === null ? [] : [`Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`];
  const id = requestId === null ? [] : [`Request ${requestId}.`];
  const said = [known?.message ?? 'Something failed inside the service.', ...later, `(${code})`, ...id].join(' ');
  return { isError: true, content: [text([said])], structuredContent: { code, status, requestId, retryAfterMs, dependency } };
}
