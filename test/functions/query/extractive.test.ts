import { expect, test } from 'vitest';
import { inContext } from '../../../functions/query/context.ts';
import { extract } from '../../../functions/query/extractive.ts';
import { hitOf } from './hits.ts';

/** The answer in verbatim sentences from texts, the best found first. */
const made = (question: string, ...texts: string[]) => {
  const scores = (i: number) => ({ dense: null, sparse: 1, fused: 1 - i * 0.1 });
  const { text, citations } = extract(
    question,
    inContext(
      texts.map((one, i) => hitOf(`p${i}`, one, { scores: scores(i) })),
      new Map(),
    ),
  );
  for (const { chunkId, quote, start, end } of citations) expect(texts[Number(chunkId.slice(1))]!.slice(start, end)).toBe(quote);
  return text;
};

test('what several documents say in the same words is said once', () => {
  const same = 'The warranty is two years from the date of purchase.';
  expect(
    made('How long is the warranty?', `The kettle boils. ${same} It is red.`, `The toaster has slots. ${same}`, `${same} It is steel.`),
  ).toBe(`${same} [1]`);
});

test('a sentence far behind the best one does not pad the answer', () => {
  const texts = [
    'A circuit breaker opens after five faults in a row.',
    'The circuit of the race is four miles long, with many bends and two tunnels.',
  ];
  expect(made('When does a circuit breaker open?', ...texts)).toBe(`${texts[0]} [1]`);
});

test('steps that are asked for come in their order; otherwise the best sentence comes first', () => {
  const steps = 'First unplug the router. Then wait ten seconds. Then hold the reset button of the router until it blinks.';
  expect(made('How do I reset the router?', steps)).toMatch(/^First unplug the router\. \[1\] .*Then hold the reset button/);
  expect(made('What blinks at the reset of the router?', steps)).toMatch(/^Then hold the reset button/);
});

test('a sentence that announces a list has it, in one quote', () => {
  const list = '# Formats\n\nThese file formats can be read:\n\n- PDF\n- DOCX\n- CSV\n\nOthers are refused.';
  expect(made('Which file formats can be read?', list)).toBe('These file formats can be read: PDF; DOCX; CSV [1]');
  const long = `These formats can be read:\n${Array.from({ length: 60 }, (_, i) => `- format number ${i}`).join('\n')}`;
  const cut = made('Which formats can be read?', long);
  expect(cut.split(' [1]')[0]).toMatch(/^These formats can be read: format number 0; .*format number \d+$/);
  expect(cut.split(' [1]')[0]!.length).toBeLessThan(460);
});

test('code is quoted without its fences, and a row without its table’s head', () => {
  expect(made('How do I install the client?', 'To install the client, run:\n\n```bash\nnpm install client\n```\n\nThen restart.')).toBe(
    'To install the client, run: [1] npm install client [2]',
  );
  expect(made('What does the blue plan cost?', '| plan | cost |\n| --- | --- |\n| blue | 10 |\n| red | 20 |')).toMatch(
    /^blue \| 10 \| \[1\]/,
  );
});
