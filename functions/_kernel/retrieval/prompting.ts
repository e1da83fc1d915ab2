import { BYTES_PER_TOKEN } from '../limits.ts';

// What the prompts for rewriting and for reranking have in common: text of others goes in as data, within bounds.

export type Message = { role: 'system' | 'user' | 'assistant'; content: string };

const utf8 = new TextEncoder();

/** The beginning of a text that has at most so many tokens by `estimatedTokens`; never ends inside a character. */
export function firstTokens(text: string, tokens: number): string {
  const { read } = utf8.encodeInto(text, new Uint8Array(Math.max(0, Math.floor(tokens * BYTES_PER_TOKEN))));
  return text.slice(0, read);
}

/** A text that cannot leave the tags it is put in: what would open or close one is changed, also where invisible characters hide it. */
export function contained(text: string, tag: 'passage' | 'turn'): string {
  return text.replace(/\p{Cf}/gu, '').replace(new RegExp(`<(?=\\s*/?\\s*${tag})`, 'gi'), '&lt;');
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
