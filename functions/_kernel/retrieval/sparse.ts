import { analyse, type Analysis } from './analyse.ts';
import type { Language } from './languages.ts';
import { tokenId } from './murmur3.ts';

/** A sparse vector as Qdrant takes it: indices ascending and unique, values finite and positive. */
export type SparseVector = { indices: number[]; values: number[] };
/** Tokens in a document, by family: one document's, or a collection's mean. */
export type AverageLengths = { stems: number; bigrams: number; grams: number };
export type LexicalDocument = { text: string; title?: string | null; language?: Language };

/** Of an English chunk of 800 characters with a short title: for a collection of which nothing is known yet. */
export const DEFAULT_LENGTHS: AverageLengths = { stems: 85, bigrams: 84, grams: 450 };

/** BM25 as Qdrant and Lucene set it: saturation of a term's frequency, and how much a document's length counts. */
const K1 = 1.2;
const B = 0.75;
/** A title says what its document is about, so its words count twice. */
const TITLE_WEIGHT = 2;
/** A pair of stems or a 4-gram repeats what its stems said: they break ties, forgive typing errors and inflection. Measured. */
const BIGRAM_WEIGHT = 0.2;
const GRAM_WEIGHT = 0.1;

const FAMILIES = ['stems', 'bigrams', 'grams'] as const;
type Family = (typeof FAMILIES)[number];
const QUERY_WEIGHT: Record<Family, number> = { stems: 1, bigrams: BIGRAM_WEIGHT, grams: GRAM_WEIGHT };
// Stems are hashed bare, so that they are Qdrant's ids. No token holds a colon, so the families cannot meet but by chance.
const PREFIX: Record<Family, string> = { stems: '', bigrams: '2:', grams: '4:' };

/**
 * The vector of a document: BM25's term weight for each token of each family, with the family's own mean length.
 *
 * IDF is left to Qdrant (`modifier: idf`). Source: Robertson and Zaragoza 2009; term weights and ids as in Qdrant's `lib/bm25`.
 */
export function documentVector(document: LexicalDocument, lengths: AverageLengths): SparseVector {
  const analysis = analyseDocument(document);
  const weights = new Map<number, number>();
  for (const family of FAMILIES) {
    const tokens = analysis[family];
    const average = lengths[family] > 0 ? lengths[family] : DEFAULT_LENGTHS[family];
    const norm = K1 * (1 - B + (B * tokens.length) / average);
    for (const [token, count] of counted(tokens)) add(weights, tokenId(PREFIX[family] + token), (count * (K1 + 1)) / (count + norm));
  }
  return sorted(weights);
}

/**
 * The vector of a question: each token's frequency times the weight of its family.
 *
 * Without a language it is detected; pass the collection's, so that a question without function words is stemmed as its documents are.
 */
export function queryVector(text: string, language?: Language): SparseVector {
  const analysis = analyse(text, language);
  const weights = new Map<number, number>();
  for (const family of FAMILIES)
    for (const [token, count] of counted(analysis[family])) add(weights, tokenId(PREFIX[family] + token), count * QUERY_WEIGHT[family]);
  return sorted(weights);
}

/** How many tokens of each family a document has; the mean over a collection is its `AverageLengths`. */
export function documentLengths(document: LexicalDocument): AverageLengths {
  const { stems, bigrams, grams } = analyseDocument(document);
  return { stems: stems.length, bigrams: bigrams.length, grams: grams.length };
}

/** The mean lengths of a collection, by family; `DEFAULT_LENGTHS` when it has no documents. */
export function averageLengths(documents: Iterable<LexicalDocument>): AverageLengths {
  const sum: AverageLengths = { stems: 0, bigrams: 0, grams: 0 };
  let count = 0;
  for (const document of documents) {
    const lengths = documentLengths(document);
    for (const family of FAMILIES) sum[family] += lengths[family];
    count++;
  }
  if (count === 0) return DEFAULT_LENGTHS;
  return { stems: sum.stems / count, bigrams: sum.bigrams / count, grams: sum.grams / count };
}

function analyseDocument({ text, title, language }: LexicalDocument): Analysis {
  const body = analyse(text, language, 'document');
  if (!title) return body;
  const head = analyse(title, body.language, 'document');
  const together = (family: Family): string[] => {
    const tokens: string[] = [];
    for (let time = 0; time < TITLE_WEIGHT; time++) tokens.push(...head[family]);
    return tokens.concat(body[family]);
  };
  return { language: body.language, stems: together('stems'), bigrams: together('bigrams'), grams: together('grams') };
}

function counted(tokens: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function add(weights: Map<number, number>, index: number, weight: number): void {
  weights.set(index, (weights.get(index) ?? 0) + weight);
}

/** Four decimals halve the body of a request and are finer than any difference between two ranks. */
function sorted(weights: Map<number, number>): SparseVector {
  const entries = [...weights].toSorted(([a], [b]) => a - b);
  return { indices: entries.map(([index]) => index), values: entries.map(([, value]) => Math.round(value * 10_000) / 10_000) };
}
