import { endsAbbreviated } from '../_kernel/retrieval/segments.ts';
import { sentences } from '../_kernel/retrieval/sentences.ts';

const SAYS_SOMETHING = /[\p{L}\p{N}]/u;
/** It numbers a list and is no statement. */
const LIST_NUMBER = /(^|\n)[ \t]*\d{1,3}[.)](?=[ \t]+\S)/g;
const LEADING_MARKS = /^[\s,.;:!?)\]。，；：！？、]+/u;
const CONJUNCTION = /^[\s,;&、，]*(?:(?:and|or|und|oder|sowie|et|ou|y|e|o|en|och|og|и|或|和|及|と)(?!\p{L}))?[\s,]*$/iu;
const END = /[.!?…]+["'”’»)\]*_`]*(?=\s)|[。！？।؟]|\n/gu;

/** Whether a text between two markers only joins them: `[1], [2] and [3]` stand for one statement. */
export const joins = (between: string): boolean => CONJUNCTION.test(between);

/** The statements of a part of an answer, without the marks before them and without what only joins two markers. */
export function statementsIn(part: string): string[] {
  const text = part.replace(LIST_NUMBER, '$1');
  return sentences(text)
    .map(({ start, end }) => text.slice(start, end).replace(LEADING_MARKS, ''))
    .filter((statement) => SAYS_SOMETHING.test(statement) && !joins(statement.replace(/\P{L}+$/u, '')));
}

/** Whether a part of an answer ends with its sentence. */
export function isEnded(part: string): boolean {
  const text = part.trimEnd();
  return /[.!?…。！？।؟:]["'”’»)\]*_`]*$/u.test(text) && !endsAbbreviated(text);
}

/**
 * Where the sentence ends that `before` began and `rest` goes on with; -1 when it has not ended yet.
 *
 * More text never changes a place that was found, so that a streamed sentence ends where a whole one does.
 */
export function sentenceEnd(before: string, rest: string): number {
  for (const { 0: mark, index } of rest.matchAll(END)) {
    const end = index + mark.length;
    if (mark !== '\n' && endsAbbreviated(before + rest.slice(0, end))) continue;
    return end;
  }
  return -1;
}
