import { Failure } from '../failure.ts';
import { QUERY_MAX_CHARS } from '../limits.ts';

/** A question as it was given. @throws Failure `query_too_long` above 10,000 UTF-16 code units. */
export function questionWithinLimit(text: string): string {
  if (text.length > QUERY_MAX_CHARS) throw new Failure({ code: 'query_too_long', length: text.length, limit: QUERY_MAX_CHARS });
  return text;
}

/**
 * The form under which two questions are one and the same: canonical composition (Unicode NFC), white space collapsed, case kept.
 *
 * Not NFKC: it would make "2⁵" into "25". Not lower case: models tell "US" from "us".
 */
export function sameQuestion(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}
