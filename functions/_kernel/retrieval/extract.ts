import { analyse, type Analysis } from './analyse.ts';
import { answerType, offers } from './answer-type.ts';
import { idf } from './evidence.ts';
import { detectLanguage, type Language } from './languages.ts';
import { statements, type Span } from './sentences.ts';

/** A passage that search found, with its score there (any range, the higher the better). */
export type ScoredPassage = { text: string; score: number };
/** A sentence of a passage, as an exact slice of its text; `score` compares sentences of one call only. */
export type ExtractedSentence = { passage: number; start: number; end: number; score: number };

const K1 = 1.2;
const B = 0.4;
/** As in the sparse vector: pairs and 4-grams repeat what the stems said. */
const FAMILY_WEIGHT = { stems: 1, bigrams: 0.2, grams: 0.1 } as const;
const FAMILIES = ['stems', 'bigrams', 'grams'] as const;
/** Against a sentence that matches all of the question (1): what its passage, its neighbours and its kind of answer add. Measured. */
const PASSAGE_WEIGHT = 0.6;
const NEIGHBOUR_WEIGHT = 0.2;
const ANSWER_TYPE_WEIGHT = 0.15;
/** A sentence that shares less than this of the question's weight says nothing of it. */
const MATCH_MIN = 0.05;
/** A sentence with less than this of the best one's score only pads an answer. */
const RELATIVE_MIN = 0.6;
/** A longer list is a document's subject; its beginning is quoted. */
const LIST_MAX_CHARS = 400;
/** Items right behind a sentence that announces them. */
const LIST =
  /^[ \t]*\n(?:[ \t]*\n)?(?:[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+[^\n]*(?:\n(?:[ \t]*\n)?(?=[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t])|$|(?=\n)))+/;

type Unit = { passage: number; span: Span; text: string; counts: Record<(typeof FAMILIES)[number], Map<string, number>>; sizes: number[] };

/**
 * The sentences of the passages that answer a question best, best first, at most `count`.
 *
 * A sentence is scored by BM25 over the sentences given, by its passage's score, by its neighbours (an answer often stands beside
 * the sentence that names the subject) and by whether it holds the kind of thing asked for. Equal sentences are one, those far behind the
 * best are left out, and one that announces a list has it. Empty when no sentence shares a word.
 */
export function bestSentences(
  question: string,
  passages: readonly ScoredPassage[],
  count: number,
  language: Language = detectLanguage(question),
): ExtractedSentence[] {
  const units = passages.flatMap(({ text }, passage) => cut(text, passage, language));
  const matches = matched(analyse(question, language), units);
  const relevance = relative(passages.map(({ score }) => score));
  const type = answerType(question);
  const ranked = units
    .map((unit, at) => {
      const own = matches[at] ?? 0;
      const beside = [at - 1, at + 1].filter((other) => units[other]?.passage === unit.passage).map((other) => matches[other] ?? 0);
      const neighbour = Math.max(0, ...beside);
      const score =
        own +
        PASSAGE_WEIGHT * (relevance[unit.passage] ?? 0) +
        NEIGHBOUR_WEIGHT * neighbour +
        (offers(type, unit.text, question) ? ANSWER_TYPE_WEIGHT : 0);
      return {
        passage: unit.passage,
        ...unit.span,
        words: unit.text
          .toLowerCase()
          .replace(/[^\p{L}\p{N}]+/gu, ' ')
          .trim(),
        score,
        fits: Math.max(own, NEIGHBOUR_WEIGHT * neighbour) >= MATCH_MIN,
      };
    })
    .filter(({ fits }) => fits)
    .toSorted((a, b) => b.score - a.score || a.passage - b.passage || a.start - b.start);
  const floor = RELATIVE_MIN * (ranked[0]?.score ?? 0);
  const said = new Set<string>();
  const kept: ExtractedSentence[] = [];
  for (const { passage, words, start, end: alone, score } of ranked) {
    if (kept.length >= count || score < floor) break;
    const end = withList(passages[passage]!.text, alone);
    if (said.has(words) || kept.some((one) => one.passage === passage && start < one.end && one.start < end)) continue;
    said.add(words);
    kept.push({ passage, start, end, score });
  }
  return kept;
}

/** Where a sentence ends with the list that it announces, whole items only. */
function withList(text: string, end: number): number {
  if (!/[:：]$/.test(text.slice(end - 1, end))) return end;
  const [list = ''] = LIST.exec(text.slice(end, end + LIST_MAX_CHARS + 1)) ?? [];
  const whole = list.length <= LIST_MAX_CHARS ? list : list.slice(0, Math.max(0, list.lastIndexOf('\n')));
  return end + whole.trimEnd().length;
}

function cut(text: string, passage: number, language: Language): Unit[] {
  return statements(text, language).map((span) => {
    const slice = text.slice(span.start, span.end);
    const analysis = analyse(slice, language);
    return {
      passage,
      span,
      text: slice,
      counts: { stems: counted(analysis.stems), bigrams: counted(analysis.bigrams), grams: counted(analysis.grams) },
      sizes: FAMILIES.map((family) => analysis[family].length),
    };
  });
}

/** BM25 of each sentence, over what a sentence with every token of the question once would reach at most. */
function matched(question: Analysis, units: readonly Unit[]): Float64Array {
  const scores = new Float64Array(units.length);
  let whole = 0;
  for (const [f, family] of FAMILIES.entries()) {
    const average = units.reduce((sum, { sizes }) => sum + (sizes[f] ?? 0), 0) / units.length || 1;
    for (const [token, asked] of counted(question[family])) {
      const having = units.filter(({ counts }) => counts[family].has(token)).length;
      const weight = FAMILY_WEIGHT[family] * asked * idf(having, units.length);
      whole += weight;
      if (having === 0) continue;
      for (const [at, { counts, sizes }] of units.entries()) {
        const times = counts[family].get(token) ?? 0;
        scores[at] = (scores[at] ?? 0) + (weight * times * (K1 + 1)) / (times + K1 * (1 - B + (B * (sizes[f] ?? 0)) / average));
      }
    }
  }
  return whole > 0 ? scores.map((score) => score / whole) : scores;
}

/** Scores over the best one, so that their range does not matter; negative ones are lifted to 0 first. */
function relative(scores: readonly number[]): number[] {
  const floor = Math.min(0, ...scores);
  const best = Math.max(0, ...scores) - floor;
  return scores.map((score) => (best > 0 && Number.isFinite(score) ? (score - floor) / best : 0));
}

function counted(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
