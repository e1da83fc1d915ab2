import { expect, test } from 'vitest';
import { LANGUAGES, type Language } from '../../functions/_kernel/retrieval/languages.ts';
import { DEFAULT_LENGTHS, documentVector, queryVector, type SparseVector } from '../../functions/_kernel/retrieval/sparse.ts';

// Recorded: a change here is a change of every index, and goes with another ANALYSER_VERSION.

const PROSE: Record<Exclude<Language, 'und'>, string> = {
  en: 'The keepers were lighting the lanterns, and nobody’s letters had arrived.',
  de: 'Die Wärter zündeten die Laternen an, und niemand hörte die Straßenbahnen.',
  fr: "L'été, les gardiens allumaient les lanternes où naissaient les œuvres.",
  es: '¿Cuántos faroles encendían los guardianes de las montañas?',
  it: 'I guardiani accendevano le lanterne perché la città era più buia.',
  pt: 'Os guardiões acendiam as lanternas, e ninguém ouvia as canções.',
  nl: 'De wachters staken de lantaarns aan; niemand hoorde de scheepsbellen.',
  sv: 'Väktarna tände lyktorna, och ingen hörde båtarna på sjön.',
  da: 'Vægterne tændte lygterne, og ingen hørte bådene på søen.',
  no: 'Vekterne tente lyktene, og ingen hørte båtene på sjøen.',
  fi: 'Vartijat sytyttivät lyhdyt, eikä kukaan kuullut veneitä järvellä.',
  hu: 'Az őrök meggyújtották a lámpásokat, és senki sem hallotta a hajókat.',
  ro: 'Paznicii aprindeau felinarele și nimeni nu auzea bărcile, ţipând.',
  tr: 'Bekçiler fenerleri yakıyordu ve İstanbul’da kimse ışıkları görmedi.',
  ru: 'Сторожа зажигали фонари, и никто не слышал лодок на озере, её ёлки.',
  ar: 'كان الحراس يشعلون الفوانيس، ولم يسمع أحد القوارب في البحيرة.',
};
const ODDITIES = [
  '登月火箭在1969年发射，NASA控制中心。',
  '東京タワーの灯台守はランタンを点けた。',
  '등대지기는 매일 밤 등불을 켰다.',
  'ผู้ดูแลประภาคารจุดตะเกียงทุกคืน',
  'ຜູ້ດູແລປະພາຄານ ភ្លើង မီးပြတိုက်',
  'getUserName(max_answer_tokens) => HTTPServer2.parseJSON("a-b_c")',
  'SELECT * FROM t WHERE x >= 0x1F; // 3.14e-10',
  '👩‍👩‍👧‍👦🏳️‍🌈 café CAFÉ cafe\u0301 ﬁsh ＡＢＣ Straße STRASSE',
  'Ελληνικά γράμματα ΟΔΥΣΣΕΎΣ — हिन्दी में लिखा — עברית',
  'a'.repeat(60),
  '\u0000\u200d\ufeff \t\n',
  '',
];

/** SHA-256 of vectors as JSON, beginning only. */
async function hashOf(vectors: readonly SparseVector[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(vectors)));
  return Array.from(new Uint8Array(digest).slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

test.each([
  ['en', '48084b4737fb81aa'],
  ['de', 'e98e50338289267e'],
  ['fr', '5d6eaacbf733ded5'],
  ['es', 'dadfad94649d75c3'],
  ['it', '03c3004f67603a68'],
  ['pt', '8ba351245b29dc8b'],
  ['nl', 'aced7905d236d64e'],
  ['sv', '2af98a8ae13a8be2'],
  ['da', '9d284da5e634d572'],
  ['no', 'ffe2da1c7a3c177a'],
  ['fi', 'e78fc5db98b78a17'],
  ['hu', '88ac406c4a8c48bc'],
  ['ro', 'f3d9ff0854814846'],
  ['tr', '420954c46baa2ed1'],
  ['ru', '14309fa75efc73e6'],
  ['ar', '59d32a9771b7348e'],
] as const)('vectors of %s are those recorded, on every runtime', async (language, recorded) => {
  const text = PROSE[language];
  const made = [
    documentVector({ text, title: text.slice(0, 20), language }, DEFAULT_LENGTHS),
    queryVector(text, language),
    queryVector(text),
  ];
  expect(await hashOf(made)).toBe(recorded);
});

test('every language with a stemmer is recorded', () => {
  expect([...Object.keys(PROSE), 'und'].toSorted()).toEqual(LANGUAGES.toSorted());
});

test('vectors of scripts without spaces, code, emoji and odd characters are those recorded, on every runtime', async () => {
  const made = ODDITIES.flatMap((text) => [documentVector({ text, language: 'und' }, DEFAULT_LENGTHS), queryVector(text)]);
  expect(await hashOf(made)).toBe('ea1efc4dea324c44');
});
