import { CHARS_PER_TOKEN } from '../limits.ts';

// What the prompts for rewriting and for reranking have in common: text of others goes in as data, within bounds.

export type Message = { role: 'system' | 'user' | 'assistant'; content: string };

const ASCII_ONLY = /^[\0-\x7f]*$/;

/** About how many tokens a text has, rather too many: a third of its ASCII characters, and one for each other. */
export function estimatedTokens(text: string): number {
  let tokens = 0;
  for (const character of text) tokens += ASCII_ONLY.test(character) ? 1 / CHARS_PER_TOKEN : 1;
  return Math.ceil(tokens);
}

/** The beginning of a text that has at most so many tokens by `estimatedTokens`; never ends inside a character. */
export function firstTokens(text: string, tokens: number): string {
  let left = tokens;
  let end = 0;
  for (const character of text) {
    left -= ASCII_ONLY.test(character) ? 1 / CHARS_PER_TOKEN : 1;
    if (left < 0) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** A text that cannot leave the tags it is put in: only what would open or close one of these is changed. */
export function contained(text: string, tag: 'passage' | 'turn'): string {
  return text.replace(new RegExp(`<(?=\\s*/?\\s*${tag})`, 'gi'), '&lt;');
}

/** The JSON between the first `open` and the last `close` of an answer, which prose may stand around; null when it is none. */
export function jsonIn(answer: string, open: '{' | '[', close: '}' | ']'): unknown {
  const start = answer.indexOf(open);
  const end = answer.lastIndexOf(close);
  if (start < 0 || end < start) return null;
  try {
    return JSON.parse(answer.slice(start, end + 1));
  } catch {
    return null;
  }
}
