import type { Hit } from '../_kernel/http/fields.ts';
import { EXTRACTED_SENTENCES } from '../_kernel/limits.ts';
import { bestSentences } from '../_kernel/retrieval/extract.ts';
import { cite, type Piece } from './answer.ts';
import type { Citation } from './contract.ts';

/** An answer of verbatim sentences, each cited; no piece when no sentence speaks of the question. */
export function extract(question: string, hits: readonly Hit[]): { text: string; citations: Citation[]; pieces: Piece[] } {
  const passages = hits.map(({ text, scores }) => ({ text, score: scores.fused }));
  const citations = bestSentences(question, passages, EXTRACTED_SENTENCES).map((one, i) => cite(hits[one.passage]!, i + 1, one));
  // A quote keeps its line breaks in the citation; in the answer it is one running sentence.
  const sentences = citations.map(({ quote, marker }, i) => `${i === 0 ? '' : ' '}${quote.replace(/\s+/g, ' ')} [${marker}]`);
  const pieces = citations.flatMap((citation, i): Piece[] => [
    { kind: 'text', text: sentences[i]! },
    { kind: 'citation', citation },
  ]);
  return { text: sentences.join(''), citations, pieces };
}
