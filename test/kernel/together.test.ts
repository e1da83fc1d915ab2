import { expect, test } from 'vitest';
import { together } from '../../functions/_kernel/together.ts';

function counting(answer: (questions: string[]) => Promise<string[]> = async (questions) => questions.map((one) => one.toUpperCase())) {
  const calls: [string[], string][] = [];
  const ask = together((questions, key) => {
    calls.push([[...questions], key]);
    return answer(questions);
  });
  return { ask, calls };
}

test('what is asked in one go is one call, answered in order; each key has its own', async () => {
  const { ask, calls } = counting();
  expect(await Promise.all([ask('a', 'x'), ask('b', 'x'), ask('c', 'y')])).toEqual(['A', 'B', 'C']);
  expect(calls).toEqual([
    [['a', 'b'], 'x'],
    [['c'], 'y'],
  ]);
});

test('also when each asks a step later', async () => {
  const { ask, calls } = counting();
  const later = async (question: string) => {
    await Promise.resolve();
    return ask(question, 'x');
  };
  await Promise.all([later('a'), later('b'), later('c')]);
  expect(calls).toEqual([[['a', 'b', 'c'], 'x']]);
});

test('what is asked after the call has begun is another one', async () => {
  const { ask, calls } = counting();
  await ask('a', 'x');
  await ask('a', 'x');
  expect(calls).toHaveLength(2);
});

test('a call that fails fails each of its questions, and the next go is tried again', async () => {
  let broken = true;
  const { ask } = counting(async (questions) => {
    if (broken) throw new Error('down');
    return questions;
  });
  const results = await Promise.allSettled([ask('a', 'x'), ask('b', 'x')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await ask('a', 'x')).toBe('a');
});
