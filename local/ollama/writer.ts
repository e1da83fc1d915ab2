import { bestSentences } from '../../functions/_kernel/retrieval/extract.ts';
import { readPrompt } from './prompt.ts';

const SENTENCES = 3;
/** In words for people, and with the number of no passage for a prompt that asks for it. */
export const NO_ANSWER = 'The passages do not contain the answer. [0]';
const NO_PASSAGES = 'This writer only quotes passages, and none were given.';

/**
 * Answers with sentences of the prompt's passages, word for word, each followed by its passage's number in brackets.
 *
 * Says so plainly when no sentence fits or no passage was given. Deterministic; it writes nothing of its own.
 */
export function extractiveAnswer(message: string): string {
  const { passages, question } = readPrompt(message);
  if (passages.length === 0) return NO_PASSAGES;
  // The prompt gives no scores, but it gives the best passage first.
  const ranked = passages.map(({ text }, at) => ({ text, score: 1 / (1 + at) }));
  const best = bestSentences(question, ranked, SENTENCES);
  if (best.length === 0) return NO_ANSWER;
  return best
    .map(({ passage, start, end }) => {
      const source = passages[passage];
      return source === undefined ? '' : `${source.text.slice(start, end).replace(/\s+/g, ' ')} [${source.id}]`;
    })
    .join(' ');
}
