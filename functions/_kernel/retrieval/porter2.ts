const VOWEL = '[aeiouy]';
const R1 = new RegExp(`^.*?${VOWEL}[^aeiouy]`);
const R1_PREFIX = /^(?:gener|commun|arsen)/;
/** A vowel between two others where the last is not w, x or Y; or, at a word's start, a vowel before a consonant. */
const SHORT_END = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/;

const IRREGULAR = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
  }),
);
const INVARIANT = new Set(['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes']);
const INVARIANT_AFTER_1A = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed']);

const STEP_2: [RegExp, string][] = [
  [/ational$/, 'ate'],
  [/tional$/, 'tion'],
  [/ization$/, 'ize'],
  [/fulness$/, 'ful'],
  [/ousness$/, 'ous'],
  [/iveness$/, 'ive'],
  [/biliti$/, 'ble'],
  [/lessli$/, 'less'],
  [/entli$/, 'ent'],
  [/ation$/, 'ate'],
  [/alism$/, 'al'],
  [/aliti$/, 'al'],
  [/ousli$/, 'ous'],
  [/iviti$/, 'ive'],
  [/fulli$/, 'ful'],
  [/enci$/, 'ence'],
  [/anci$/, 'ance'],
  [/abli$/, 'able'],
  [/izer$/, 'ize'],
  [/ator$/, 'ate'],
  [/alli$/, 'al'],
  [/bli$/, 'ble'],
];
const STEP_3: [RegExp, string][] = [
  [/ational$/, 'ate'],
  [/tional$/, 'tion'],
  [/alize$/, 'al'],
  [/icate$/, 'ic'],
  [/iciti$/, 'ic'],
  [/ical$/, 'ic'],
  [/ness$/, ''],
  [/ful$/, ''],
];
const STEP_4 = /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic)$/;

/**
 * The English Snowball stem (Porter2) of a lower-case word.
 *
 * Source: https://snowballstem.org/algorithms/english/stemmer.html, in the form of 2006 that Qdrant's stemmer has.
 */
export function porter2(word: string): string {
  if (word.length <= 2) return word;
  const whole = word.replace(/^'/, '');
  const irregular = IRREGULAR.get(whole);
  if (irregular !== undefined) return irregular;
  if (INVARIANT.has(whole)) return whole;
  let stem = whole.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y');
  const r1 = (R1_PREFIX.exec(stem) ?? R1.exec(stem))?.[0].length ?? stem.length;
  const r2 = r1 + (R1.exec(stem.slice(r1))?.[0].length ?? stem.length - r1);
  stem = stem.replace(/(?:'s'|'s|')$/, '');
  stem = step1a(stem);
  if (INVARIANT_AFTER_1A.has(stem)) return stem.toLowerCase();
  stem = step1b(stem, r1);
  stem = stem.replace(/(?<=.[^aeiouy])[yY]$/, 'i');
  stem = step2(stem, r1);
  stem = step3(stem, r1, r2);
  stem = step4(stem, r2);
  return step5(stem, r1, r2).toLowerCase();
}

function step1a(stem: string): string {
  if (stem.endsWith('sses')) return stem.slice(0, -2);
  if (/ie[ds]$/.test(stem)) return stem.slice(0, stem.length > 4 ? -2 : -1);
  if (/(?:us|ss)$/.test(stem)) return stem;
  return /[aeiouy].+s$/.test(stem) ? stem.slice(0, -1) : stem;
}

function step1b(stem: string, r1: number): string {
  const eed = /(?:eedly|eed)$/.exec(stem);
  if (eed) return eed.index >= r1 ? `${stem.slice(0, eed.index)}ee` : stem;
  const ending = /(?:ingly|edly|ing|ed)$/.exec(stem);
  const left = ending ? stem.slice(0, ending.index) : stem;
  if (!ending || !/[aeiouy]/.test(left)) return stem;
  if (/(?:at|bl|iz)$/.test(left)) return `${left}e`;
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(left)) return left.slice(0, -1);
  return left.length <= r1 && SHORT_END.test(left) ? `${left}e` : left;
}

function step2(stem: string, r1: number): string {
  for (const [suffix, instead] of STEP_2) {
    const found = suffix.exec(stem);
    if (found) return found.index >= r1 ? stem.slice(0, found.index) + instead : stem;
  }
  if (stem.endsWith('ogi')) return stem.length - 3 >= r1 && stem.endsWith('logi') ? stem.slice(0, -1) : stem;
  if (stem.endsWith('li')) return stem.length - 2 >= r1 && /[cdeghkmnrt]li$/.test(stem) ? stem.slice(0, -2) : stem;
  return stem;
}

function step3(stem: string, r1: number, r2: number): string {
  for (const [suffix, instead] of STEP_3) {
    const found = suffix.exec(stem);
    if (found) return found.index >= r1 ? stem.slice(0, found.index) + instead : stem;
  }
  return stem.endsWith('ative') && stem.length - 5 >= r2 ? stem.slice(0, -5) : stem;
}

function step4(stem: string, r2: number): string {
  const found = STEP_4.exec(stem);
  if (found) return found.index >= r2 ? stem.slice(0, found.index) : stem;
  return /[st]ion$/.test(stem) && stem.length - 3 >= r2 ? stem.slice(0, -3) : stem;
}

function step5(stem: string, r1: number, r2: number): string {
  const last = stem.length - 1;
  if (stem.endsWith('e')) return last >= r2 || (last >= r1 && !SHORT_END.test(stem.slice(0, -1))) ? stem.slice(0, -1) : stem;
  return stem.endsWith('ll') && last >= r2 ? stem.slice(0, -1) : stem;
}
