import { sentences } from '../_kernel/retrieval/sentences.ts';
import { support } from '../_kernel/retrieval/support.ts';
import { cite, type Passage } from './context.ts';
import type { Citation } from './contract.ts';
import { readMarkup, type Token } from './markup.ts';
import { figuresIn, numbersIn } from './numbers.ts';
import { NO_PASSAGE } from './prompt.ts';

/** A piece of an answer on its way to the reader. */
export type Piece = { kind: 'text'; text: string } | { kind: 'citation'; citation: Citation };

export type Answer = {
  /** Takes the next text of the writer and gives what can be shown of it. */
  push(text: string): Piece[];
  /** Gives what was held back; to be called once, at the end. */
  end(): Piece[];
  text(): string;
  /** Whether the writer said that no passage answers the question (`NO_PASSAGE`) and cited none; complete after `end`. */
  declined(): boolean;
  citations(): Citation[];
  /** Statements that no citation covers, and those with a number that stands in no cited passage, in the answer's order. */
  unsupported(): string[];
};

const SAYS_SOMETHING = /[\p{L}\p{N}]/u;
/** It numbers a list and is no statement. */
const LIST_NUMBER = /(^|\n)[ \t]*\d{1,3}[.)](?=[ \t]+\S)/g;
/** A longer statement without any marker is not looked at as a whole each time that a number is tried. */
const CLAIM_MAX_CHARS = 2_000;
/** An answer of a page has tens of markers; a writer that repeats one thousands of times costs no more than this. */
const CLAIMS_MAX = 256;

function statementsIn(statement: string): string[] {
  const text = statement.replace(LIST_NUMBER, '$1');
  return sentences(text)
    .map(({ start, end }) => text.slice(start, end).replace(/^[\s,.;:!?)\]。，；：！？、]+/u, ''))
    .filter((part) => SAYS_SOMETHING.test(part));
}

/**
 * Reads a writer's answer as it comes and turns its passage numbers into citations.
 *
 * A number becomes a citation when the passage supports the statement before it; each different quote gets the next marker. Numbers
 * of passages that do not exist or do not support the statement are left out. How the text was cut into pieces makes no difference.
 * @param isKnown whether an address stands in what the writer was given; any other is taken out.
 */
export function readAnswer(passages: readonly Passage[], isKnown: (address: string) => boolean): Answer {
  const markup = readMarkup(isKnown);
  let shown = '';
  let statement = ''; // since the last marker
  let lastClaim = '';
  let claims = 0;
  let signed = false;
  const citations: Citation[] = [];
  const cited = new Set<Passage>();
  const said: { text: string; covered: boolean }[] = [];

  const show = (text: string): Piece[] => {
    if (text === '') return [];
    shown += text;
    return [{ kind: 'text', text }];
  };

  const markersFor = (claim: string, numbers: readonly number[]): { markers: number[]; fresh: Piece[] } => {
    const markers: number[] = [];
    const fresh: Piece[] = [];
    for (const number of new Set(numbers)) {
      const passage = passages[number - 1];
      if (passage === undefined) continue;
      claims++;
      const place = support(claim, passage.text);
      if (place === null) continue;
      cited.add(passage);
      for (const next of cite(passage, citations.length + 1, place)) {
        const known = citations.find((one) => one.chunkId === next.chunkId && one.start === next.start && one.end === next.end);
        markers.push(known?.marker ?? citations.length + 1);
        if (known !== undefined) continue;
        const citation = { ...next, marker: citations.length + 1 };
        citations.push(citation);
        fresh.push({ kind: 'citation', citation });
      }
    }
    return { markers: [...new Set(markers)], fresh };
  };

  const resolve = ({ numbers, space }: { numbers: readonly number[]; space: string }): Piece[] => {
    if (claims >= CLAIMS_MAX || !numbers.some((number) => passages[number - 1] !== undefined)) return [];
    // The statement a marker stands for is the last sentence before it; the ones before that stand alone.
    const claim = statementsIn(statement.slice(-CLAIM_MAX_CHARS)).at(-1) ?? lastClaim;
    const { markers, fresh } = markersFor(claim, numbers);
    // A marker that is left out leaves its statement open: the next one may still support it.
    if (markers.length === 0) return [];
    const parts = statementsIn(statement);
    said.push(...parts.map((text, i) => ({ text, covered: i === parts.length - 1 })));
    lastClaim = claim;
    statement = '';
    return [...show(space + markers.map((marker) => `[${marker}]`).join('')), ...fresh];
  };

  const take = (token: Token): Piece[] => {
    if (token.kind === 'marker') {
      // Right behind a letter it is an index of something.
      if (token.numbers.join() === String(NO_PASSAGE) && (token.space !== '' || !/[\p{L}\p{N}_)]$/u.test(shown))) signed = true;
      return resolve(token);
    }
    // Code stands between statements and is none.
    statement += token.kind === 'code' ? '\n\n' : token.text;
    return show(token.text);
  };

  return {
    push: (text) => markup.push(text).flatMap(take),
    end() {
      const pieces = markup.end().flatMap(take);
      said.push(...statementsIn(statement).map((text) => ({ text, covered: false })));
      return pieces;
    },
    text: () => shown.trim(),
    declined: () => signed && citations.length === 0,
    citations: () => citations,
    unsupported() {
      const known = new Set([...cited].flatMap(({ text }) => [...numbersIn(text)]));
      const bare = said.filter(({ text, covered }) => !covered || figuresIn(text).some((number) => !known.has(number)));
      return [...new Set(bare.map(({ text }) => text))];
    },
  };
}
