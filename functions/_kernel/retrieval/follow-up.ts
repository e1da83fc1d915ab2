import { EARLIER_TERMS_MAX } from '../limits.ts';
import { analyse, isUnseparated } from './analyse.ts';
import { wordsLevel } from './gate.ts';
import { gauge } from './gauge.ts';
import { detectLanguage, isFunctionWord, type Language } from './languages.ts';
import type { MatchPorts } from './match.ts';
import { tokenId } from './murmur3.ts';
import { stem } from './stem.ts';

/** What was said in a conversation before the question. */
export type Turn = { role: 'user' | 'assistant'; content: string };

/** A follow-up that shares fewer terms than this with what was asked before may hang on an earlier question still. */
const TERMS_ENOUGH = 2;
/** A question of fewer content words names too little to be looked for by itself. */
const WORDS_ENOUGH = 3;
/** Scripts without spaces: two characters a word, and every other word says nothing of a subject. */
const CHARACTERS_OF_A_WORD = 4;
const ONE_CHARACTER = /^.$/u;
const WORD = /[\p{L}\p{N}\p{M}_-]+/gu;
/** Scripts without spaces have sentences for words. */
const WORD_MAX_CHARS = 64;

/**
 * A follow-up as it is to be searched where no writer can reword it: with the content words of the questions before it, if it hangs on
 * them; else as it stands.
 *
 * It stands alone when a word of it stands in no passage, since no conversation makes the collection speak of that; and when it has
 * three content words or more that passages hold together. So one question about the documents lets none pass that is about another
 * matter. One round trip, none for a question without content words. What it cannot tell: a change of subject in few words that all
 * occur.
 */
export async function standalone(
  { known, find }: Pick<MatchPorts, 'known' | 'find'>,
  question: string,
  history: readonly Turn[],
): Promise<string> {
  const whole = withEarlierTerms(question, history);
  if (whole === question) return question;
  const { language: usual, levels } = await known();
  const language = detectLanguage(question, usual);
  const { probes, read } = gauge(question, language, levels.passages);
  if (probes.length === 0) return whole;
  const reading = read((await find({ dense: null, sparse: null, filter: undefined, probes })).probes);
  const own = wordsOf(question, language);
  if (own.some((word) => reading.unknown.has(tokenId(word)))) return question;
  const count = own.reduce((sum, word) => sum + (isUnseparated(word) ? 1 / CHARACTERS_OF_A_WORD : 1), 0);
  return count >= WORDS_ENOUGH && reading.words >= wordsLevel(levels) ? question : whole;
}

/** The different content words of a question, stemmed; single characters where words are not separated. */
function wordsOf(question: string, language: Language): string[] {
  return [...new Set(analyse(question, language).stems)].filter((one) => !isUnseparated(one) || ONE_CHARACTER.test(one));
}

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
