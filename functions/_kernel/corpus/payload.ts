import type { Filter, Condition } from '../http/fields.ts';
import type { Language } from '../retrieval/languages.ts';

export type Scalar = string | number | boolean;
export type Metadata = Record<string, Scalar | Scalar[]>;

/** A document as it is kept: the whole text, and which version of its chunks readers may see. Holds no vector. */
export type DocumentRecord = {
  kind: 'document';
  documentId: string;
  /** Hash of everything that was ingested for it; its chunks carry the same. */
  version: string;
  content: string;
  title: string | null;
  url: string | null;
  contentType: string;
  /** As it was given; null when it is detected. */
  language: Language | null;
  metadata: Metadata;
  chunks: number;
  characters: number;
  /** Passages that the model would not have; such a document is tried again when it is ingested again. */
  missing: number;
  /** The job that wrote this version, so that a worker that takes over knows its predecessor's work. */
  jobId: string;
  /** Versions that were replaced and whose chunks may still be there, to be removed by whoever comes next. */
  stale: string[];
  updatedAt: string;
};

/** A piece of a document with both vectors; `text` is exactly `content.slice(start, end)` of its document's version. */
export type ChunkRecord = {
  kind: 'chunk';
  documentId: string;
  version: string;
  text: string;
  start: number;
  end: number;
  /** The titles above it, outermost first; embedded with it and shown as context, never quoted. */
  headings: string[];
  title: string | null;
  url: string | null;
  metadata: Metadata;
  labels: string[];
  numbers: Record<string, number[]>;
};

const listOf = (value: Scalar | Scalar[]): Scalar[] => (Array.isArray(value) ? value : [value]);
const label = (key: string, value: Scalar): string => `${key}=${JSON.stringify(value)}`;

/**
 * Metadata in the two forms that Qdrant filters: every value as a label under one keyword index, and numbers by key for ranges.
 *
 * So any key can be matched without an index of its own, which strict mode would demand, and an unknown key matches nothing.
 */
export function filterable(metadata: Metadata): { labels: string[]; numbers: Record<string, number[]> } {
  const entries = Object.entries(metadata).map(([key, value]) => [key, listOf(value)] as const);
  const numbers = entries.map(([key, values]) => [key, values.filter((value) => typeof value === 'number')] as const);
  return {
    labels: [...new Set(entries.flatMap(([key, values]) => values.map((value) => label(key, value))))],
    numbers: Object.fromEntries(numbers.filter(([, values]) => values.length > 0)),
  };
}

/** The payload indexes every collection has from the start; `numbers.<key>` join them as numeric metadata comes. */
export const KEYWORD_INDEXES = ['kind', 'documentId', 'version', 'labels'];
export const numberIndex = (key: string): string => `numbers.${key}`;

type QdrantCondition =
  | { key: string; match: { value: string } | { any: string[] } }
  | { key: string; range: { gt?: number; gte?: number; lt?: number; lte?: number } };
export type QdrantFilter = { must?: QdrantCondition[]; should?: QdrantCondition[]; must_not?: QdrantCondition[] };

/** A label that no document has: what a range over a key without numbers matches. */
const NOTHING: QdrantCondition = { key: 'labels', match: { value: '' } };

function condition(given: Condition, numberKeys: ReadonlySet<string>): QdrantCondition {
  if ('match' in given) return { key: 'labels', match: { value: label(given.key, given.match) } };
  if ('any' in given) return { key: 'labels', match: { any: given.any.map((value) => label(given.key, value)) } };
  return numberKeys.has(given.key) ? { key: numberIndex(given.key), range: given.range } : NOTHING;
}

/** Translates the contract's filter; a key that no document has matches nothing, as in the contract. */
export function toQdrantFilter(filter: Filter | undefined, numberKeys: ReadonlySet<string>): QdrantFilter | undefined {
  if (filter === undefined) return undefined;
  const all = (conditions: Condition[] | undefined) => conditions?.map((one) => condition(one, numberKeys));
  const must = all(filter.must);
  const should = all(filter.should);
  const mustNot = all(filter.mustNot);
  return { ...(must?.length && { must }), ...(should?.length && { should }), ...(mustNot?.length && { must_not: mustNot }) };
}

/** Conditions that pick points of documents, of a kind, of versions. */
export const ofDocuments = (documentIds: string[]): QdrantCondition => ({ key: 'documentId', match: { any: documentIds } });
export const ofKind = (kind: 'document' | 'chunk'): QdrantCondition => ({ key: 'kind', match: { value: kind } });
export const ofVersions = (versions: string[]): QdrantCondition => ({ key: 'version', match: { any: versions } });
