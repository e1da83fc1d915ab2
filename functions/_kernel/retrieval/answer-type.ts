/** What kind of thing a question asks for; `other` puts no demand on the sentence that answers it. */
export type AnswerType = 'number' | 'time' | 'name' | 'other';

// The first rule that a question fits decides. `\b` knows ASCII letters only, so words are bounded by hand.
const word = (alternatives: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives})(?![\\p{L}\\p{N}])`, 'iu');

const RULES: [AnswerType, RegExp][] = [
  [
    'number',
    word(
      'how (?:many|much|old|long|tall|far|high|big|large|often|fast|deep|wide|heavy)|(?:what|which) (?:number|percentage|percent|amount|age|share|proportion)|wie ?viele?|wie (?:lange|alt|hoch|groß|weit|oft|schnell|schwer)|combien|cuánt[oa]s?|quant[ioae]|quant[oa]s|hoeveel|hur (?:många|mycket)|hvor (?:mange|meget|mye)|сколько',
    ),
  ],
  ['number', /多少|几[个名次年天]|いくつ|何[人個年回]/],
  [
    'time',
    word(
      'when|(?:what|which) (?:year|date|day|month|century|decade|time)|wann|welche[mnrs]? (?:jahr|tag|monat|datum|jahrhundert)|quand|quelle (?:année|date)|cuándo|qué año|quando|wanneer|när|hvornår|når|когда',
    ),
  ],
  ['time', /什么时候|何时|哪一?年|いつ/],
  [
    'name',
    word(
      'who|whom|whose|where|(?:what|which) (?:person|man|woman|city|country|state|place|location|region|company|team|name)|wer|wem|wen|wessen|wo|woher|wohin|où|qui|quién|quiénes|dónde|chi|quem|dove|onde|wie is|wie was|waar|vem|var|hvem|hvor|кто|где',
    ),
  ],
];

const DIGITS = /\p{N}+/gu;
const NUMBER_WORDS =
  /(?<!\p{L})(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundreds?|thousands?|millions?|billions?|half|dozen|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend|deux|trois|quatre|cinq|dix|cent|mille|dos|tres|cuatro|cinco|diez|cien|mil)(?!\p{L})/giu;
const TIMES =
  /\d{3,4}s?|\d+[年月日]|世纪|(?<!\p{L})(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|century|centuries|januar|februar|märz|mai|juni|juli|oktober|dezember|jahrhundert|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|siècle|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|siglo)(?!\p{L})/giu;
// A capital that does not open a sentence; the middle dot joins the parts of a foreign name in Chinese.
const NAMES = /(?<=[\p{Ll}\p{N},;:"'”’»)\]]\s["'“(]?)\p{Lu}[\p{L}.]+|\p{sc=Han}+·\p{sc=Han}+/gu;

const FORMS: Record<Exclude<AnswerType, 'other'>, RegExp[]> = { number: [DIGITS, NUMBER_WORDS], time: [TIMES], name: [NAMES] };

/** The kind of answer that a question's wording asks for, in the languages of Western Europe, Russian, Chinese and Japanese. */
export function answerType(question: string): AnswerType {
  return RULES.find(([, rule]) => rule.test(question))?.[0] ?? 'other';
}

/** Whether a sentence holds a thing of that kind which the question did not already name. */
export function offers(type: AnswerType, sentence: string, question: string): boolean {
  if (type === 'other') return false;
  const asked = question.toLowerCase();
  return FORMS[type].some((form) => sentence.match(form)?.some((found) => !asked.includes(found.toLowerCase())) ?? false);
}
