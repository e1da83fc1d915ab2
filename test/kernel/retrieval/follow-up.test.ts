import { describe, expect, test } from 'vitest';
import type { CandidateQuery } from '../../../functions/_kernel/corpus/candidates.ts';
import { standalone, withEarlierTerms, type Turn } from '../../../functions/_kernel/retrieval/follow-up.ts';
import { tokenId } from '../../../functions/_kernel/retrieval/murmur3.ts';
import { stem } from '../../../functions/_kernel/retrieval/stem.ts';

const asked = (...questions: string[]): Turn[] =>
  questions.flatMap((content): Turn[] => [
    { role: 'user', content },
    { role: 'assistant', content: 'An answer that speaks of elephants.' },
  ]);

describe('a follow-up gets the content words of the question before it', () => {
  test.each([
    ['English', 'and how long does it last?', asked('What is a sourdough starter?'), 'and how long does it last? sourdough starter'],
    ['German', 'und wie lange hält er?', asked('Was ist ein Sauerteig?'), 'und wie lange hält er? Sauerteig'],
    ['Russian', 'а сколько она длится?', asked('Как хранить закваску?'), 'а сколько она длится? хранить закваску'],
    ['Chinese', '它能保存多久？', asked('什么是酵种？'), '它能保存多久？ 什么是酵种'],
    ['no word twice, in any inflection', 'Do breakers open?', asked('When does a breaker open or close?'), 'Do breakers open? close'],
    ['of the latest question only', 'and then?', asked('What is a llama?', 'How does a breaker recover?'), 'and then? breaker recover'],
    [
      'of an earlier one too, when the latest says nothing',
      'and then?',
      asked('How does a breaker recover?', 'and why?'),
      'and then? breaker recover',
    ],
    ['nothing where nothing was said', 'and then?', [], 'and then?'],
    ['nothing that only the answer said', 'and then?', asked('and why?'), 'and then?'],
  ])('%s', (_, question, history, expected) => expect(withEarlierTerms(question, history)).toBe(expected));
});

test('eight words at most, and none of them long', () => {
  const many = Array.from({ length: 100 }, (_, i) => `word${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10)]}`).join(' ');
  expect(withEarlierTerms('so?', asked(many)).split(' ')).toHaveLength(9);
  expect(withEarlierTerms('so?', asked('字'.repeat(10_000))).length).toBeLessThan(100);
  expect(withEarlierTerms('so?', asked(`${'𠀀'.repeat(31)}a${'𠀀'.repeat(40)}`)).isWellFormed()).toBe(true);
});

describe('what a follow-up is searched as, where no writer rewords it', () => {
  const history = asked('Do I need a container engine?');
  const levels = { passages: 1_000, words: 1, dense: null };
  /** A collection in whose passages these words do not stand, and that gives a whole question a score. */
  const collection = (missing: string, whole = 8) => ({
    known: async () => ({ language: 'en' as const, levels, denseWeight: 0.1 }),
    find: async ({ probes }: CandidateQuery) => {
      const gone = new Set(missing.split(' ').map((word) => tokenId(stem(word, 'en'))));
      return {
        dense: [],
        sparse: null,
        probes: probes.map(({ query }, at) => (at === 0 ? whole : gone.has(query.indices[0]!) ? null : 4)),
        left: null,
      };
    },
  });

  test.each([
    ['no word of its own', 'and why?', '', 'and why? need container engine'],
    ['few, and all known', 'and how long does it last?', '', 'and how long does it last? need container engine'],
    ['few, and one known nowhere', 'How do I renew my passport?', 'passport', null],
    ['enough, and one known nowhere', 'Who won the 1998 world cup?', 'cup', null],
    ['enough, which passages hold together', 'When does the breaker send one probe?', '', null],
  ])('%s: %s', async (_, question, missing, expected) => {
    expect(await standalone(collection(missing), question, history)).toBe(expected ?? question);
  });

  test('enough and all known, but nowhere together: it hangs on what was said', async () => {
    const question = 'Which of those is the most expensive one to run?';
    expect(await standalone(collection('', 2), question, history)).toBe(`${question} need container engine`);
  });

  test('in Chinese four characters count as a word', async () => {
    const said = asked('什么是酵种？');
    expect(await standalone(collection(''), '它能保存多久？', said)).toBe('它能保存多久？ 什么是酵种');
    expect(await standalone(collection('', 80), '一九九八年世界杯足球赛的冠军是哪一个国家？', said)).toBe(
      '一九九八年世界杯足球赛的冠军是哪一个国家？',
    );
  });

  test('without a conversation nothing is asked', async () => {
    const never = { ...collection(''), find: () => Promise.reject(new Error('asked')) };
    expect(await standalone(never, 'How does a breaker recover?', [])).toBe('How does a breaker recover?');
    expect(await standalone(never, 'and why?', history)).toBe('and why? need container engine');
  });
});
