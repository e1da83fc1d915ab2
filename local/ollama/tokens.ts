/** Where each token of a text ends. A stand-in for a model's tokenizer: about four characters of English to a token, as real ones have. */
function* tokenEnds(text: string): Generator<number> {
  for (const token of text.matchAll(
    /\s*(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}]{1,6}|\p{N}{1,3}|\S)/gu,
  ))
    yield token.index + token[0].length;
}

/** How many tokens a text has. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of tokenEnds(text)) count++;
  return count;
}

/** The first `limit` tokens of a text. */
export function firstTokens(text: string, limit: number): string {
  let count = 0;
  for (const end of tokenEnds(text)) if (++count === limit) return text.slice(0, end);
  return text;
}

/** The last `limit` tokens of a text. */
export function lastTokens(text: string, limit: number): string {
  const ends = [...tokenEnds(text)];
  return ends.length <= limit ? text : text.slice(ends[ends.length - limit - 1]);
}
