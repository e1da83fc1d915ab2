import { emulatedEmbedding, normalised } from '../ollama/embedder.ts';
import { detectLanguage, type Language } from '../../functions/_kernel/retrieval/languages.ts';
import { evidence, idf, termProbes, type Term } from '../../functions/_kernel/retrieval/evidence.ts';
import { fuse, type Fused } from '../../functions/_kernel/retrieval/fuse.ts';
import { modelProfile } from '../../functions/_kernel/retrieval/models.ts';
import { averageLengths, documentVector, queryVector, type SparseVector } from '../../functions/_kernel/retrieval/sparse.ts';
import type { EvalDocument } from './beir.ts';

export type Mode = 'hybrid' | 'sparse' | 'dense';
/** What is measured: anything that ranks documents for a question, and says how sure it is that one of them speaks of it. */
export type Searcher = {
  search(question: string, mode: Mode, depth: number): Promise<Fused[]>;
  /** The evidence signal with some documents gone. */
  evidence(question: string, without: ReadonlySet<string>): Promise<number>;
};

type Posting = { at: number; value: number };

/** Searches whole documents with the kernel's own vectors over exact lists in memory, as Qdrant would without approximation. */
export function exactSearcher(documents: readonly EvalDocument[]): Searcher {
  const counts = new Map<Language, number>();
  const spoken = documents.map(({ title, text }) => detectLanguage(`${title}\n${text}`));
  for (const language of spoken) counts.set(language, (counts.get(language) ?? 0) + 1);
  const usual = [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'en';
  const written = documents.map((document, at) => ({ ...document, language: spoken[at] ?? usual }));
  const lengths = averageLengths(written);
  const postings = new Map<number, Posting[]>();
  for (const [at, document] of written.entries()) {
    const { indices, values } = documentVector(document, lengths);
    for (const [k, index] of indices.entries()) {
      const list = postings.get(index) ?? [];
      list.push({ at, value: values[k] ?? 0 });
      postings.set(index, list);
    }
  }
  const idOf = (at: number): string => documents[at]?.id ?? '';
  const denseVectors: number[][] = [];
  const dense = (question: string): { id: string; score: number }[] => {
    if (denseVectors.length === 0)
      for (const { title, text } of documents) denseVectors.push(normalised(emulatedEmbedding(title === '' ? text : `${title}\n${text}`)));
    const asked = normalised(emulatedEmbedding(question));
    return denseVectors.map((vector, at) => ({ id: idOf(at), score: vector.reduce((sum, value, k) => sum + value * (asked[k] ?? 0), 0) }));
  };
  const sparse = (query: SparseVector, without: ReadonlySet<string>): { id: string; score: number }[] => {
    const scores = new Map<number, number>();
    for (const [k, index] of query.indices.entries()) {
      const list = (postings.get(index) ?? []).filter(({ at }) => !without.has(idOf(at)));
      const weight = (query.values[k] ?? 0) * idf(list.length, documents.length - without.size);
      for (const { at, value } of list) scores.set(at, (scores.get(at) ?? 0) + weight * value);
    }
    return [...scores].map(([at, score]) => ({ id: idOf(at), score }));
  };
  const best = (list: { id: string; score: number }[], depth: number) =>
    list.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, depth);
  const top = (query: SparseVector, without: ReadonlySet<string>): number =>
    sparse(query, without).reduce((most, { score }) => Math.max(most, score), 0);
  return {
    async search(question, mode, depth) {
      const lists = {
        dense: mode === 'sparse' ? [] : best(dense(question), depth),
        sparse: mode === 'dense' ? [] : best(sparse(queryVector(question, detectLanguage(question, usual)), new Set()), depth),
      };
      return fuse(lists, modelProfile('emulated-embed').denseWeight);
    },
    async evidence(question, without) {
      const language = detectLanguage(question, usual);
      const terms = termProbes(question, language).map((probe): Term => {
        const attainable = top(probe, without);
        return { attainable: attainable > 0 ? attainable : null };
      });
      return evidence(top(queryVector(question, language), without), terms, documents.length - without.size);
    },
  };
}
