import type { Probe } from '../corpus/candidates.ts';
import { EVIDENCE_TERMS_MAX } from '../limits.ts';
import { evidence, spread, termProbes } from './evidence.ts';
import type { Language } from './languages.ts';
import { queryVector } from './sparse.ts';

/** The signal by words of a text, and which of its terms stand in no passage, by token id. */
export type Reading = { terms: number; words: number; unknown: ReadonlySet<number> };

/**
 * The searches that show how much of a text the passages hold, each to be asked with `limit: 1`, and how to read their best scores.
 *
 * One for the whole text, and one for each of at most 32 terms, evenly spread over a longer text. What a term could add is asked of the
 * whole collection, as its level was: a filter narrows what may answer, and does not make a word unheard of.
 * @param passages how many there are.
 */
export function gauge(
  text: string,
  language: Language,
  passages: number,
): { probes: Probe[]; read(scores: readonly (number | null)[]): Reading } {
  const terms = termProbes(text, language);
  const sample = spread(terms, EVIDENCE_TERMS_MAX);
  const alone = sample.map((query): Probe => ({ query, filtered: false }));
  const probes = terms.length === 0 ? [] : [{ query: queryVector(text, language), filtered: true }, ...alone];
  return {
    probes,
    read([best, ...attainable]) {
      const unknown = sample.flatMap(({ indices }, at) => ((attainable[at] ?? null) === null ? indices : []));
      const known = sample.map((_, at) => ({ attainable: attainable[at] ?? null }));
      return { terms: terms.length, words: evidence(best ?? 0, known, passages, terms.length), unknown: new Set(unknown) };
    },
  };
}
