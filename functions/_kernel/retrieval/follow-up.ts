import { EARLIER_TERMS_MAX } from '../limits.ts';
import { detectLanguage, isFunctionWord } from './languages.ts';
import { stem } from './stem.ts';

/** What was said in a conversation before the question. */
export type Turn = { role: 'user' | 'assistant'; content: string };

/** A follow-up that shares fewer terms than this with what was asked before may hang on an earlier question still. */
const TERMS_ENOUGH = 2;
const WORD = /[\p{L}\p{N}\p{M}_-]+/gu;
/** Scripts without spaces have sentences for words. */
const WORD_MAX_CHARS = 64;

/**
 * A follow-up question with the content words of the questions before it, so that it can be searched without the conversation.
 *
 * The latest question's words, and those of the ones before it while there are fewer than two; at most eight, each once. No model is
 * asked. Source: historical query expansion, Lin et al. 2021 (TOIS 39:4), without its weights.
 */
export function withEarlierTerms(question: string, history: readonly Turn[]): string {
  const asked = history.filter(({ role }) => role === 'user').map(({ content }) => content);
  const language = detectLanguage([question, ...asked].join('\n'));
  const known = new Set(words(question).map((word) => stem(word.toLowerCase(), language)));
  const terms: string[] = [];
  for (const earlier of asked.toReversed()) {
    if (terms.length >= TERMS_ENOUGH) break;
    for (const word of words(earlier)) {
      const key = stem(word.toLowerCase(), language);
      if (terms.length >= EARLIER_TERMS_MAX || known.has(key) || isFunctionWord(word.toLowerCase(), language)) continue;
      known.add(key);
      terms.push(word);
    }
  }
  return [question, ...terms].join(' ');
}

function words(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) => word.slice(0, WORD_MAX_CHARS)).filter((word) => word.isWellFormed());
}
