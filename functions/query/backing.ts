import { detectLanguage, type Language } from '../_kernel/retrieval/languages.ts';
import { numbersGiven } from '../_kernel/retrieval/numbers.ts';
import type { Span } from '../_kernel/retrieval/sentences.ts';
import { bestPlace, claimOf, SHARE_MIN, shareOf, sourceOf, type Place } from '../_kernel/retrieval/support.ts';
import type { Passage } from './context.ts';

/** Where passages are to be quoted for a claim. */
export type Places = ReadonlyMap<Passage, Span>;

/** What the passages shown to a writer say of its claims. */
export type Backing = {
  /** The named passages that hold a claim, one of them alone or several together; null when its words do not stand in them. */
  confirm(claim: string | undefined, named: readonly Passage[]): Places | null;
  /**
   * The named passages that may hold a claim which its words do not confirm: a paraphrase, another language, a yes or no. Null when
   * nothing speaks for it, or when another passage says it: then the number is wrong, as one is that a document forged.
   */
  admit(claim: string | undefined, named: readonly Passage[]): Places | null;
  /** Whether so many claims were compared that no further one will be. */
  isSpent(): boolean;
  /** Whether a claim gives a number that stands in none of the passages. */
  misquotes(claim: string, cited: readonly Passage[]): boolean;
  /** Stems and numbers of a text. */
  sizeOf(claim: string): number;
};

/** An answer of a page has tens of markers; a writer that repeats one thousands of times costs no more comparisons than this. */
const COMPARISONS_MAX = 512;
/** Words that are scattered over several texts show less than words that stand together. */
const POOLED_SHARE_MIN = 0.75;
/** A passage that adds less than this to what others hold of a claim is no source of it. */
const ADDED_MIN = 0.1;
/** A paraphrase keeps the names and things it speaks of, which are about a quarter of its words. */
const ADMITTED_SHARE_MIN = 0.25;
/** An answer that says nothing by itself: it claims what the question asks. */
const ASSENT =
  /^(?:yes|no|ja|nein|oui|non|sí|si|sì|sim|não|nee|nej|nei|kyllä|ei|igen|nem|da|nu|evet|hayır|да|нет|نعم|لا|是的?|不是?|对|否|はい|いいえ|네|아니요)(?![\p{L}\p{N}])/iu;

const SCRIPTS: [string, RegExp][] = [
  ['ja', /[\p{sc=Hiragana}\p{sc=Katakana}]/gu],
  ['zh', /\p{sc=Han}/gu],
  ['ko', /\p{sc=Hangul}/gu],
  ['th', /\p{sc=Thai}/gu],
];
/** Of the letters of a text, those that say its script: Japanese has a fifth of kana at least. */
const SCRIPT_SHARE_MIN = 0.2;

/** What a text is written in, so far as words can be compared. */
function tongue(text: string, fallback: Language): string {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const script = SCRIPTS.find(([, of]) => (text.match(of)?.length ?? 0) > SCRIPT_SHARE_MIN * letters);
  return script?.[0] ?? detectLanguage(text, fallback);
}

/** Compares claims with the passages that a writer was shown for a question. */
export function backingOf(passages: readonly Passage[], question: string): Backing {
  const asked = detectLanguage(question);
  const sources = new Map(passages.map((passage) => [passage, sourceOf(passage.text)]));
  const tongues = new Map<Passage, string>();
  const tongueOf = (passage: Passage): string => {
    const known = tongues.get(passage) ?? tongue(passage.text, 'en');
    tongues.set(passage, known);
    return known;
  };
  // An answer is in the language of its question unless its words say otherwise.
  const claimed = (text: string) => claimOf(text, detectLanguage(text, asked));
  const place = (claim: ReturnType<typeof claimOf>, passage: Passage): Place | null => bestPlace(claim, sources.get(passage)!);

  let comparisons = 0;
  const isSpent = (): boolean => comparisons >= COMPARISONS_MAX;

  const confirm: Backing['confirm'] = (text, named) => {
    if (text === undefined || isSpent()) return null;
    comparisons += named.length;
    const claim = claimed(text);
    const found = named
      .flatMap((passage) => {
        const best = place(claim, passage);
        return best === null ? [] : [{ passage, ...best }];
      })
      .toSorted((a, b) => b.share - a.share);
    const held = new Set<number>();
    const places = new Map<Passage, Span>();
    for (const { passage, span, pieces, share } of found) {
      const added = shareOf(claim, new Set([...pieces].filter((piece) => !held.has(piece))));
      if (share < SHARE_MIN && added < ADDED_MIN) continue;
      for (const piece of pieces) held.add(piece);
      places.set(passage, span);
    }
    const alone = (found[0]?.share ?? 0) >= SHARE_MIN;
    return alone || shareOf(claim, held) >= POOLED_SHARE_MIN ? places : null;
  };

  const admit: Backing['admit'] = (text, named) => {
    if (text === undefined || isSpent()) return null;
    comparisons += named.length;
    const [assent] = ASSENT.exec(text) ?? [];
    const claim = claimed(assent === undefined ? text : `${question} ${text.slice(assent.length)}`);
    const others = passages.filter((passage) => !named.includes(passage));
    if (assent === undefined && confirm(text, others) !== null) return null;
    const said = tongue(text, asked);
    const enough = assent === undefined ? ADMITTED_SHARE_MIN : SHARE_MIN;
    const places = new Map<Passage, Span>();
    for (const passage of named) {
      const best = place(claim, passage);
      if (best !== null && best.share >= enough) places.set(passage, best.span);
      else if (assent === undefined && said !== tongueOf(passage)) {
        const span = best?.span ?? place(claimed(question), passage)?.span ?? sources.get(passage)!.cut(asked)[0]?.span;
        if (span !== undefined) places.set(passage, span);
      }
    }
    return places.size > 0 ? places : null;
  };

  return {
    confirm,
    admit,
    isSpent,
    misquotes(text, cited) {
      const held = cited.map((passage) => sources.get(passage)!.numbers());
      return numbersGiven(text, detectLanguage(text, asked)).some(
        (readings) => !readings.some((number) => held.some((numbers) => numbers.has(number))),
      );
    },
    sizeOf: (text) => claimed(text).pieces.length,
  };
}
