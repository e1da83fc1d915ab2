import { EXTRACTED_SENTENCES } from '../_kernel/limits.ts';
import { bestSentences } from '../_kernel/retrieval/extract.ts';
import type { Piece } from './answer.ts';
import { cite, type Passage } from './context.ts';
import type { Citation } from './contract.ts';
import { readMarkup } from './markup.ts';

/** A quote as running text: on one line, without what looks like a marker or would be loaded; the citation keeps it to the letter. */
function running(quote: string): string {
  const markup = readMarkup(() => true);
  const tokens = [...markup.push(quote.replace(/`{3,}|~{3,}/g, '').replace(/\s+/g, ' ')), ...markup.end()];
  return tokens
    .map((token) => (token.kind === 'marker' ? '' : token.text))
    .join('')
    .trim();
}

/** An answer of verbatim sentences, each cited; no piece when no sentence speaks of the question. */
export function extract(question: string, passages: readonly Passage[]): { text: string; citations: Citation[]; pieces: Piece[] } {
  const citations: Citation[] = [];
  for (const place of bestSentences(question, passages, EXTRACTED_SENTENCES))
    citations.push(...cite(passages[place.passage]!, citations.length + 1, place));
  const sentences = citations.map(({ quote, marker }, i) => `${i === 0 ? '' : ' '}${running(quote)} [${marker}]`);
  const pieces = citations.flatMap((citation, i): Piece[] => [
    { kind: 'text', text: sentences[i]! },
    { kind: 'citation', citation },
  ]);
  return { text: sentences.join(''), citations, pieces };
}
