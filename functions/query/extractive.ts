import { EXTRACTED_SENTENCES } from '../_kernel/limits.ts';
import { bestSentences, type ExtractedSentence } from '../_kernel/retrieval/extract.ts';
import type { Piece } from './answer.ts';
import { cite, type Passage } from './context.ts';
import type { Citation } from './contract.ts';
import { readMarkup } from './markup.ts';

/** A step of several, or an item of a numbered list. */
const STEP =
  /^(?:\d{1,3}[.)]\s|(?:first|second|third|(?:and )?then|next|after that|afterwards|finally|lastly|zuerst|dann|danach|anschließend|schließlich|zuletzt|d.abord|ensuite|puis|enfin|primero|luego|después|finalmente|por último)(?![\p{L}\p{N}]))/iu;
/** It asks what to do, so that steps are wanted from the first on. */
const ASKS_HOW =
  /(?<!\p{L})(?:how (?:do|can|could|should|must) (?:i|we|you|one)|how to|wie (?:\p{L}+ )?(?:ich|wir|man)|comment|cómo)(?!\p{L})/iu;
const ITEM = /\n\s*(?:[-*•+]|\d{1,3}[.)])\s+/g;

/**
 * Sentences in the order in which they are read: the best first, the others as their documents have them; where steps are asked for, all
 * those of one passage as it has them.
 */
function inOrder(question: string, best: readonly ExtractedSentence[], passages: readonly Passage[]): ExtractedSentence[] {
  const [first] = best;
  if (first === undefined) return [];
  const rank = [...new Set(best.map(({ passage }) => passage))];
  const ordered = best.toSorted((a, b) => rank.indexOf(a.passage) - rank.indexOf(b.passage) || a.start - b.start);
  const isStep = ({ passage, start, end }: ExtractedSentence): boolean => STEP.test(passages[passage]!.text.slice(start, end));
  const steps = best.filter((one) => one.passage === first.passage && isStep(one));
  return ASKS_HOW.test(question) && steps.length > 1 && isStep(first) ? ordered : [first, ...ordered.filter((one) => one !== first)];
}

/** A quote as running text: on one line, without what looks like a marker or would be loaded; the citation keeps it to the letter. */
function running(quote: string): string {
  const markup = readMarkup(() => true);
  const listed = quote
    .replace(/`{3,}|~{3,}/g, '')
    .replace(/^(?:[-*•+]|\|)\s+/, '')
    .replace(/([:：])\s*\n\s*(?:[-*•+]|\d{1,3}[.)])\s+/, '$1 ')
    .replace(ITEM, '; ');
  const tokens = [...markup.push(listed.replace(/\s+/g, ' ')), ...markup.end()];
  return tokens
    .map((token) => (token.kind === 'marker' ? '' : token.text))
    .join('')
    .trim();
}

/** An answer of verbatim sentences, each cited, the best first; no piece when no sentence speaks of the question. */
export function extract(question: string, passages: readonly Passage[]): { text: string; citations: Citation[]; pieces: Piece[] } {
  const citations: Citation[] = [];
  for (const place of inOrder(question, bestSentences(question, passages, EXTRACTED_SENTENCES), passages))
    citations.push(...cite(passages[place.passage]!, citations.length + 1, place));
  const sentences = citations.map(({ quote, marker }, i) => `${i === 0 ? '' : ' '}${running(quote)} [${marker}]`);
  const pieces = citations.flatMap((citation, i): Piece[] => [
    { kind: 'text', text: sentences[i]! },
    { kind: 'citation', citation },
  ]);
  return { text: sentences.join(''), citations, pieces };
}
