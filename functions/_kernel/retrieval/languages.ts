/**
 * Languages with a Snowball stemmer here, by ISO 639-1 code; `und` (undetermined) is any other, whose words are kept as they are.
 *
 * Chinese, Japanese, Korean and Thai need no code of their own: their scripts say how they are cut.
 */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'da', 'no', 'fi', 'hu', 'ro', 'tr', 'ru', 'ar', 'und'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Languages whose scripts say how they are cut: to be named, but without a stemmer. */
const BY_SCRIPT = ['zh', 'ja', 'ko', 'th'];
/** Norwegian's two written forms, which share a stemmer. */
const ALIASES: Record<string, Language> = { nb: 'no', nn: 'no', ...Object.fromEntries(BY_SCRIPT.map((code) => [code, 'und' as const])) };
/** What a document's language may be given as. */
export const LANGUAGE_CODES: readonly string[] = [...LANGUAGES, 'nb', 'nn', ...BY_SCRIPT];

/** The language of a BCP 47 tag, whose region and script do not matter here (`pt-BR` is `pt`); null for one that is not known. */
export function languageOf(tag: string): Language | null {
  const match = /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*$/.exec(tag.toLowerCase());
  const code = match?.[1] ?? '';
  return ALIASES[code] ?? LANGUAGES.find((one) => one === code) ?? null;
}

const list = (spaced: string): ReadonlySet<string> => new Set(spaced.split(' '));

// English is NLTK's list as Qdrant and FastEmbed carry it, cut at the apostrophes as their tokenizers cut, so that lengths agree.
// The others are the closed classes of each language: what says nothing of a text's subject and everything of its language.
const FUNCTION_WORDS = new Map<Language, ReadonlySet<string>>([
  [
    'en',
    list(
      'i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them their theirs themselves what which who whom this that these those am is are was were be been being have has had having do does did doing a an the and but if or because as until while of at by for with about against between into through during before after above below to from up down in out on off over under again further then once here there when where why how all any both each few more most other some such no nor not only own same so than too very s t can will just don should now d ll m o re ve y ain aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn weren won wouldn',
    ),
  ],
  [
    'de',
    list(
      'der die das den dem des ein eine einen einem einer eines und oder aber doch sondern denn als wie wenn weil dass daß ob bei mit nach von zu aus auf an in im am um für über unter vor hinter zwischen durch gegen ohne bis seit ist sind war waren wird werden wurde wurden worden sein hat haben hatte hatten kann können konnte muss müssen soll sollen sich er sie es wir ihr ich du man nicht kein keine auch nur noch schon sehr so was wer wann wo warum welche welcher welches wieviel viele dieser diese dieses diesem diesen seine seiner seinen ihre ihrer ihren zum zur vom beim ins damit dabei',
    ),
  ],
  [
    'fr',
    list(
      'le la les un une des du de d l et ou mais donc ni car que qui quoi dont où quand pourquoi quel quelle quels quelles ce cet cette ces c s n j qu à au aux en dans par pour sur sous avec sans entre vers chez est sont était étaient être été a ont avait avaient avoir fut il elle ils elles on nous vous je tu se sa son ses leur leurs mon ma mes ton ta tes notre votre ne pas plus y lui même aussi comme si tout tous toute toutes',
    ),
  ],
  [
    'es',
    list(
      'el la los las un una unos unas y e o u pero sino que quien quienes qué quién cuál cuáles cuando cuándo como cómo donde dónde cuánto cuántos de del a al en con por para sin sobre entre hasta desde hacia es son era eran fue fueron ser sido está están estaba ha han había haber se su sus lo le les me te nos mi tu no ni más muy ya también este esta estos estas ese esa esto eso aquel si porque',
    ),
  ],
  [
    'it',
    list(
      'il lo la i gli le un uno una l e ed o ma che chi cui quale quali quando come dove perché di del dello della dei degli delle a al allo alla ai agli alle da dal dalla dai dalle in nel nella nei nelle con su sul sulla sui sulle per tra fra è sono era erano essere stato stata ha hanno aveva avere fu si suo sua suoi sue loro non più anche questo questa questi queste quello quella ci ne mi ti se d',
    ),
  ],
  [
    'pt',
    list(
      'o a os as um uma uns umas e ou mas que quem qual quais quando como onde porquê de do da dos das em no na nos nas ao aos à às por pelo pela pelos pelas para com sem sobre entre até desde é são era eram foi foram ser sido está estão tem têm tinha há se seu sua seus suas lhe não mais muito também este esta estes estas esse essa isso isto aquele ele ela eles elas eu já',
    ),
  ],
  [
    'nl',
    list(
      'de het een en of maar dat die dit deze wat wie welke wanneer waar waarom hoe van in op te aan met voor door bij naar uit om over onder tussen tegen tot is zijn was waren wordt worden werd werden heeft hebben had hadden kan kunnen niet geen ook nog al als dan er hij zij ze het we wij je ik zich hun haar hem zijn',
    ),
  ],
  [
    'sv',
    list(
      'och det att i en ett den som på är av för med var till har de om inte men han hon vi jag ett från vid när hur vad vilken vilket vilka eller kan ska skulle hade blev blir också så än där sig sin sina under efter mellan mot utan detta dessa denna',
    ),
  ],
  [
    'da',
    list(
      'og i det at en et den til er som på de med han af for ikke der var mig sig men har om vi min havde hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind når være noget blive mange efter hvilken hvilket hvilke denne dette',
    ),
  ],
  [
    'no',
    list(
      'og i det at en et den til er som på de med han av for ikke der var seg men har om vi min hadde hun nå over da fra du ut sin dem oss opp man hans hvor eller hva skal selv her alle vil ble kunne inn når være noe bli mange etter hvilken hvilket hvilke denne dette ei jeg også mellom',
    ),
  ],
  [
    'fi',
    list(
      'ja on ei se että oli ovat olivat olla hän he me te minä sinä tämä tuo nämä joka jotka mikä mitä kuka missä milloin miksi miten kuinka mutta tai kun kuin niin myös jos vain sekä ollut hänen sen sitä joiden jonka',
    ),
  ],
  [
    'hu',
    list(
      'a az egy és vagy de hogy nem is ez van volt voltak lesz meg csak már mint ha akkor aki ami amely mi ki mikor hol miért hogyan melyik milyen hány sem el fel le be ki után között szerint ezt azt ennek annak',
    ),
  ],
  [
    'ro',
    list(
      'și si sau dar că ca care ce cine când unde cum cât câte de la în din pe cu pentru prin despre între fără este sunt era erau fost fi a au avea o un una unei unui al ale ai cel cea cei cele nu mai foarte se își sa său lui ei lor acest această acestea aceste',
    ),
  ],
  [
    'tr',
    list(
      've bir bu şu o da de ile için gibi daha çok en mi mı mu mü ne kim nerede nasıl neden hangi kaç ama veya ya ki olan olarak oldu olduğu değil var yok her kadar sonra önce göre ise idi tarafından',
    ),
  ],
  [
    'ru',
    list(
      'и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее её мне было вот от меня о из ему теперь когда даже ну ли если уже или ни быть был него до вас они была были мы их чем при об это этот эта эти который которая которые какой какая какие кто где почему сколько для является этого того',
    ),
  ],
  [
    'ar',
    list(
      'في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين ما ماذا من متى أين كيف لماذا كم هل كان كانت يكون أن إن أو و لا لم لن قد هو هي هم كل بعد قبل بين حتى ثم أي',
    ),
  ],
]);

/** Whether a lower-case word is a function word of the language; false for a language without a list. */
export function isFunctionWord(word: string, language: Language): boolean {
  return FUNCTION_WORDS.get(language)?.has(word) ?? false;
}

// Of the languages with a stemmer, one is written in each of these scripts.
const SCRIPTS: [RegExp, Language][] = [
  [/\p{sc=Cyrillic}{2}/u, 'ru'],
  [/\p{sc=Arabic}{2}/u, 'ar'],
];
/** One word alone may be a name or a loan ("ai", "los"); two different ones are a language. */
const DISTINCT_WORDS_MIN = 2;
const WORDS_READ = 2_000;
/** About so many words; a text of megabytes is not folded for its first page. */
const CHARS_READ = 40_000;

/**
 * The language that most of a text's different function words belong to.
 *
 * A text with fewer than two of any language is in `fallback` (default English). Only the first 2,000 words are read, and none of a
 * single letter: those are initials and formulas.
 * Own, because with a collection's language as `fallback` it errs less than the libraries measured (CACM's titles 0.1%; tinyld-light
 * 30%, eld 8%; eld is ahead only at short questions in mixed languages, 97% to 60%) at 3.5 KB against 34 and 285 KB gzip.
 */
export function detectLanguage(text: string, fallback: Language = 'en'): Language {
  const words = new Set<string>();
  let read = 0;
  const beginning = text.slice(0, CHARS_READ);
  for (const [word] of beginning.toLowerCase().matchAll(/[\p{L}\p{M}]{2,}/gu)) {
    words.add(word);
    if (++read === WORDS_READ) break;
  }
  const held = (language: Language): number => {
    let count = 0;
    for (const word of words) if (isFunctionWord(word, language)) count++;
    return count;
  };
  let best = fallback;
  let most = Math.max(held(fallback), DISTINCT_WORDS_MIN - 1);
  for (const language of FUNCTION_WORDS.keys()) {
    const count = held(language);
    if (count > most) [best, most] = [language, count];
  }
  if (most >= DISTINCT_WORDS_MIN) return best;
  return SCRIPTS.find(([script]) => script.test(beginning))?.[1] ?? fallback;
}
