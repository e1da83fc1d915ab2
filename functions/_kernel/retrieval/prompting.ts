import { v5 } from 'uuid';
import { BYTES_PER_TOKEN } from '../limits.ts';
import { visible } from './visible.ts';

// What the prompts for answering, rewriting and reranking have in common: text of others goes in as data, within bounds.

export type Message = { role: 'system' | 'user' | 'assistant'; content: string };

const utf8 = new TextEncoder();
const NAMESPACE = 'b6e58b5b-6c52-4d24-9a39-0a5e7d1f2c44';

/** The beginning of a text that has at most so many tokens by `estimatedTokens`; never ends inside a character. */
export function firstTokens(text: string, tokens: number): string {
  const { read } = utf8.encodeInto(text, new Uint8Array(Math.max(0, Math.floor(tokens * BYTES_PER_TOKEN))));
  return text.slice(0, read);
}

// Ollama renders messages into one text and reads control tokens wherever they stand in it, so a passage could open a turn of its own.
const CONTROL =
  /[<＜﹤](?=[|｜]|\s*\/?\s*(?:s|bos|eos|pad|unk|think|tool_call|tool_response|tools|start_of_turn|end_of_turn|turn|passage)(?![a-z]))|[[［](?=\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|IMG)\])|<(?=<\/?SYS>>)/giu;

/** A text without what a chat template would take for its own and without what nobody sees; the rest stays to the letter. */
export const contained = (text: string): string => visible(text).replace(CONTROL, (mark) => (/[<＜﹤]/.test(mark) ? '&lt;' : '&#91;'));

/**
 * A key that stands in none of the texts, however it is disguised, so that none of them can close its own delimiter.
 *
 * It depends on all of them, the question among them, so that an author of one cannot know it. Source: Hines et al. 2024, "Defending
 * against indirect prompt injection with spotlighting" (delimiting); their stronger datamarking would change the words to be quoted.
 */
export function keyFor(texts: readonly string[]): string {
  const all = texts.map((text) => visible(text).normalize('NFKC').toLowerCase()).join('\n');
  for (let salt = 0; ; salt++) {
    const key = v5(`${salt}\n${all}`, NAMESPACE).replaceAll('-', '').slice(-12);
    if (!all.includes(key)) return key;
  }
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
