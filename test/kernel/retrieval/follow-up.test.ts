import { describe, expect, test } from 'vitest';
import { withEarlierTerms, type Turn } from '../../../functions/_kernel/retrieval/follow-up.ts';

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
