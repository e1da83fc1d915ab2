import { BYTES_PER_TOKEN } from '../limits.ts';

const utf8 = new TextEncoder();

/**
 * About how many tokens a text has, rather too many: a third of its bytes in UTF-8.
 *
 * Byte-level BPE works on bytes, so one number serves all scripts. Measured medians of bytes per token (Llama 3, o200k): English 4.5,
 * 4.7; German 3.6, 4.4; Chinese 3.4, 3.5; code 4.0; Russian 6.4. Too low only for hexadecimal and emoji (1.5), and for Chinese in
 * Llama 2's vocabulary (1.9).
 */
export function estimatedTokens(text: string): number {
  return Math.ceil(utf8.encode(text).length / BYTES_PER_TOKEN);
}

/** At least so many tokens a text has in any vocabulary that never joins two words: what white space sets apart. */
export function fewestTokens(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
