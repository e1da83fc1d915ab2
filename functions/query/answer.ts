import { backingOf, type Places } from './backing.ts';
import { isEnded, joins, sentenceEnd, statementsIn } from './claims.ts';
import type { Passage } from './context.ts';
import type { Citation } from './contract.ts';
import { readMarkup, type Token } from './markup.ts';
import { numbering } from './numbering.ts';
import { NO_PASSAGE } from './prompt.ts';
import { saying } from './saying.ts';

/** A piece of an answer on its way to the reader. */
export type Piece = { kind: 'text'; text: string } | { kind: 'citation'; citation: Citation };

export type Answer = {
  /** Takes the next text of the writer and gives what can be shown of it. */
  push(text: string): Piece[];
  /** Gives what was held back; to be called once, at the end. */
  end(): Piece[];
  text(): string;
  /** Whether the writer said that no passage answers the question (`NO_PASSAGE`) and cited none for certain; complete after `end`. */
  declined(): boolean;
  citations(): Citation[];
  /**
   * Statements that no citation covers, whose citation their words do not confirm, or with a number that stands in none of the passages
   * cited for them, in the answer's order.
   */
  unsupported(): string[];
};

type Marker = Extract<Token, { kind: 'marker' }>;

/** A longer statement without any marker is not looked at as a whole each time that a number is tried. */
const CLAIM_MAX_CHARS = 2_000;
/** A sentence that goes on for longer behind its marker is decided on as it is, so that a stream does not stand still. */
const HELD_MAX_CHARS = 600;
/** More markers and texts in turn are no sentence. */
const HELD_MAX = 40;
/** A marker behind fewer words ("According to [1], …") stands for the sentence that they begin. */
const CLAUSE_WORDS_MIN = 3;
const BETWEEN_MARKERS = /^[ \t,;&]*/;

const textOf = (held: readonly (Marker | string)[]): string => held.filter((one) => typeof one === 'string').join('');

/**
 * Reads a writer's answer as it comes and turns its passage numbers into citations.
 *
 * A marker, with those that follow it at once, stands for the statement before it, or, where the passages do not hold that, for the
 * sentence around it: so it may wait for that sentence's end. Each different quote gets the next marker. Numbers of passages that do not
 * exist, or that nothing speaks for, are left out. How the text was cut into pieces makes no difference.
 * @param isKnown whether an address stands in what the writer was given; any other is taken out.
 */
export function readAnswer(passages: readonly Passage[], question: string, isKnown: (address: string) => boolean): Answer {
  const markup = readMarkup(isKnown);
  const backing = backingOf(passages, question);
  const numbered = numbering(passages);
  let shown = '';
  let seen = ''; // the last character of text
  let open = ''; // text since the last citation, before `held`
  let held: (Marker | string)[] = []; // from the first marker that is not decided on; texts and markers in turn
  let tail = ''; // text behind its last marker
  let behind = 0; // characters of text that are held
  let waiting = false; // for the end of the sentence
  let last: { claim: string; cited: Passage[] } | null = null; // what a marker that follows at once stands for as well
  let signed = false;
  let confirmed = false;
  const said = saying(backing);

  const show = (text: string): Piece[] => {
    if (text === '') return [];
    shown += text;
    return [{ kind: 'text', text }];
  };
  const heldText = (): string => textOf(held) + tail;
  const lastIn = (text: string): string | undefined => statementsIn(text.slice(-CLAIM_MAX_CHARS)).at(-1);
  const named = (): Passage[] => {
    const numbers = held.flatMap((one) => (typeof one === 'string' ? [] : one.numbers));
    return [...new Set(numbers)].flatMap((number) => passages[number - 1] ?? []);
  };

  /** Shows what was held back, with a citation for each marker that has a place. */
  const release = (places: Places): Piece[] => {
    const pieces = [...held, tail].flatMap((one): Piece[] => {
      if (typeof one === 'string') return show(one);
      const { markers, fresh } = numbered.markersFor(one.numbers, places);
      return markers === '' ? [] : [...show(one.space + markers), ...fresh.map((citation) => ({ kind: 'citation' as const, citation }))];
    });
    [held, tail, behind, waiting] = [[], '', 0, false];
    return pieces;
  };

  /** Closes the statements of a text, of which the last one has its citations. */
  const close = (text: string, places: Places, covered: boolean, rest: string): Piece[] => {
    said.add(text, covered ? [...places.keys()] : null);
    confirmed ||= covered;
    open = rest;
    return release(places);
  };

  /** What stands before the first held marker. */
  const before = (): string | undefined => (joins(open) ? undefined : lastIn(open));

  const confirmBefore = (): Piece[] | null => {
    const claim = before();
    const own = named();
    if (claim === undefined && last !== null) {
      const places = backing.confirm(last.claim, [...new Set([...last.cited, ...own])]);
      if (places === null || !own.some((passage) => places.has(passage))) return null;
      last.cited = said.addCited([...places.keys()]);
      open += heldText();
      return release(places);
    }
    const places = backing.confirm(claim, own);
    if (claim === undefined || places === null) return null;
    last = { claim, cited: [...places.keys()] };
    return close(open, places, true, heldText());
  };

  /** Decides on the held markers at the end of their sentence. */
  const settle = (): Piece[] => {
    if (held.length === 0) return [];
    const whole = lastIn(open + heldText());
    const places = backing.confirm(whole, named());
    if (places !== null) {
      last = null;
      return close(open + heldText(), places, true, '');
    }
    const own = confirmBefore();
    if (own !== null) return own;
    last = null;
    const admitted = (isEnded(open) ? backing.admit(before(), named()) : null) ?? backing.admit(whole, named());
    if (admitted !== null) return close(open + heldText(), admitted, false, '');
    open += heldText();
    return release(new Map());
  };

  /** Whether a marker can be decided on before its sentence has ended: it stands behind a clause, a sentence or another marker. */
  const standsAlone = (): boolean => {
    const claim = before();
    return claim === undefined ? joins(open) : isEnded(open) || backing.sizeOf(claim) >= CLAUSE_WORDS_MIN;
  };

  const takeText = (text: string): Piece[] => {
    seen = text.at(-1) ?? seen;
    const pieces: Piece[] = [];
    let rest = text;
    while (rest !== '' && held.length > 0) {
      const full = behind + rest.length >= HELD_MAX_CHARS;
      const room = HELD_MAX_CHARS - behind + (full && /[\ud800-\udbff]/.test(rest[HELD_MAX_CHARS - behind - 1] ?? '') ? 1 : 0);
      const taken = waiting ? rest.slice(0, room) : BETWEEN_MARKERS.exec(rest.slice(0, room))![0];
      const from = tail.length;
      tail += taken;
      const end = waiting ? sentenceEnd(open + textOf(held), tail) : -1;
      const length = end < 0 ? taken.length : end - from;
      tail = tail.slice(0, from + length);
      behind += length;
      rest = rest.slice(length);
      if (end >= 0 || behind >= HELD_MAX_CHARS) pieces.push(...settle());
      else if (!waiting && rest !== '') {
        waiting = true;
        pieces.push(...((standsAlone() ? confirmBefore() : null) ?? []));
      }
    }
    open += rest;
    return [...pieces, ...show(rest)];
  };

  const takeMarker = (marker: Marker): Piece[] => {
    const { numbers, space } = marker;
    // Right behind a letter it is an index of something.
    if (numbers.join() === String(NO_PASSAGE) && (space !== '' || !/[\p{L}\p{N}_)]/u.test(seen))) signed = true;
    if (backing.isSpent() || !numbers.some((number) => passages[number - 1] !== undefined)) return [];
    const ended = held.length >= HELD_MAX || sentenceEnd(open + textOf(held), tail + space) >= 0;
    const pieces = held.length === 0 ? [] : ended ? settle() : joins(tail) ? [] : (confirmBefore() ?? []);
    if (tail !== '') held.push(tail);
    held.push(marker);
    [tail, waiting] = ['', false];
    return pieces;
  };

  const take = (token: Token): Piece[] => {
    if (token.kind === 'marker') return takeMarker(token);
    if (token.kind === 'text') return takeText(token.text);
    // Code stands between statements and is none.
    const pieces = [...settle(), ...show(token.text)];
    open += '\n\n';
    return pieces;
  };

  return {
    push: (text) => markup.push(text).flatMap(take),
    end() {
      const pieces = [...markup.end().flatMap(take), ...settle()];
      said.add(open, null);
      return pieces;
    },
    text: () => shown.trim(),
    declined: () => signed && !confirmed,
    citations: () => numbered.citations,
    unsupported: () => said.unsupported(),
  };
}
