import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chanceQuestions,
  commonTitles,
  inTurn,
  isOutgrown,
  levelOfDense,
  levelOfWords,
  sentencesOf,
  wordOf,
} from '../../../functions/_kernel/retrieval/calibrate.ts';
import { evidence, spread } from '../../../functions/_kernel/retrieval/evidence.ts';
import { hasEvidence, NO_LEVELS, wordsLevel } from '../../../functions/_kernel/retrieval/gate.ts';
import { gauge } from '../../../functions/_kernel/retrieval/gauge.ts';
import { tokenId } from '../../../functions/_kernel/retrieval/murmur3.ts';
import { alignment, respell } from '../../../functions/_kernel/retrieval/spelling.ts';
import { stem } from '../../../functions/_kernel/retrieval/stem.ts';

const HASH = 0.1;
const NEURAL = 0.5;
const levels = { passages: 5_000, words: 1.2, dense: 0.6 };

describe('the gate', () => {
  test('a question of function words only has no evidence, whatever the embedder says', () => {
    expect(hasEvidence({ terms: 0, words: 0, dense: 0.99 }, levels, NEURAL)).toBe(false);
    expect(hasEvidence({ terms: 0, words: 0, dense: 0.99 }, NO_LEVELS, NEURAL)).toBe(false);
  });

  test('an embedder that only hashes words has no say', () => {
    expect(hasEvidence({ terms: 4, words: 1.1, dense: 0.99 }, levels, HASH)).toBe(false);
    expect(hasEvidence({ terms: 4, words: 1.2, dense: 0 }, levels, HASH)).toBe(true);
  });

  test('with a neural embedder words alone refuse nothing: both signals must be below their levels', () => {
    expect(hasEvidence({ terms: 4, words: 0, dense: 0.7 }, levels, NEURAL)).toBe(true);
    expect(hasEvidence({ terms: 4, words: 1.3, dense: 0.1 }, levels, NEURAL)).toBe(true);
    expect(hasEvidence({ terms: 4, words: 0, dense: 0.5 }, levels, NEURAL)).toBe(false);
  });

  test('where its level could not be measured, how near a neural embedder finds a passage says nothing: the words decide', () => {
    for (const kept of [
      { ...levels, dense: null },
      { passages: 4, words: null, dense: null },
    ]) {
      expect(hasEvidence({ terms: 4, words: 0.1, dense: 0.99 }, kept, NEURAL)).toBe(false);
      expect(hasEvidence({ terms: 4, words: 1.3, dense: 0.1 }, kept, NEURAL)).toBe(true);
    }
  });

  test('without a vector of the question its words decide', () => {
    expect(hasEvidence({ terms: 4, words: 0, dense: null }, levels, NEURAL)).toBe(false);
  });

  test('the level falls with the number of passages, measured or not, and is never above what was measured', () => {
    expect(wordsLevel({ passages: 5_000, words: 1.2, dense: null })).toBe(1.2);
    expect(wordsLevel({ passages: 3, words: 1.2, dense: null })).toBeCloseTo(0.322, 3);
    expect(wordsLevel({ passages: 1, words: null, dense: null })).toBe(0.3);
    expect(wordsLevel(NO_LEVELS)).toBe(0.3);
  });
});

describe('the gauge', () => {
  test('asks for the whole text and for each of its terms, and reads what is unknown', () => {
    const { probes, read } = gauge('earned the world cup?', 'en', 1_000);
    expect(probes).toHaveLength(1 + 3);
    const reading = read([5, null, 4, null]);
    expect(reading).toMatchObject({ terms: 3, unknown: new Set([tokenId('earn'), tokenId('cup')]) });
    expect(reading.words).toBeLessThan(read([5, 4, 4, 4]).words);
    expect(read([]).words).toBe(0);
  });

  test('asks nothing for function words', () => {
    const { probes, read } = gauge('what is it about', 'en', 10);
    expect(probes).toEqual([]);
    expect(read([])).toEqual({ terms: 0, words: 0, unknown: new Set() });
  });

  test('a long text costs no more than 33 searches, and reads about the same as if all its terms were asked', () => {
    const words = Array.from({ length: 300 }, (_, i) => `subject${i}`).join(' ');
    const { probes, read } = gauge(words, 'en', 1_000);
    expect(probes).toHaveLength(33);
    const all = Array.from({ length: 300 }, () => ({ attainable: 5 }));
    expect(read([400, ...Array.from({ length: 32 }, () => 5)]).words).toBeCloseTo(evidence(400, all, 1_000));
  });

  test('a spread sample keeps the order, repeats nothing and is the list itself when that is short', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 40 }), (list, most) => {
        const numbered = list.map((value, at) => ({ value, at }));
        const places = spread(numbered, most).map(({ at }) => at);
        expect(places).toHaveLength(Math.min(list.length, most));
        expect(places.every((at, i) => i === 0 || at > places[i - 1]!)).toBe(true);
      }),
    );
  });
});

describe('calibration', () => {
  test('the same passages give the same words, sentences and questions', () => {
    const text =
      'The breaker opens after five consecutive faults of its dependency. It recovers once one single probe has succeeded again.';
    expect(wordOf(text, 'en')).toBe(wordOf(text, 'en'));
    expect(text).toContain(wordOf(text, 'en'));
    const sentences = sentencesOf(text, 'en');
    expect(sentences).toHaveLength(2);
    for (const sentence of sentences) expect(text).toContain(sentence);
    expect(sentencesOf(text, 'en')).toEqual(sentences);
    expect(chanceQuestions(['a', 'b', 'c'])).toEqual(chanceQuestions(['a', 'b', 'c']));
  });

  test('questions have 3 to 12 words', () => {
    const lengths = chanceQuestions(['bread', 'breaker', 'probe']).map((text) => text.split(' ').length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([3, 12]);
  });

  test('a passage of function words or signs has no word, and one without sentences has none', () => {
    expect(wordOf('it is what it is', 'en')).toBeNull();
    expect(wordOf('— — —', 'en')).toBeNull();
    expect(sentencesOf('Too short.', 'en')).toEqual([]);
  });

  test('scripts without spaces give pieces of a word’s length', () => {
    expect(wordOf('防守端锋科尼伊利是四次入选职业碗的球员', 'en')?.length).toBeLessThanOrEqual(3);
  });

  test('levels lie by their distributions, and too few values give none', () => {
    expect(levelOfWords([1, 1, 1])).toBe(1);
    expect(levelOfWords([0.5, 1.5])).toBeCloseTo(1.125);
    expect(levelOfWords([])).toBeNull();
    expect(levelOfDense([0.5, 0.6, 0.7])).toBeNull();
    expect(levelOfDense(Array.from({ length: 10 }, (_, i) => 0.5 + i / 50))).toBeLessThan(0.55);
  });

  test('is made at first and after growth or loss of a quarter only, so about 25 times in a thousand single documents', () => {
    let measuredAt = 0;
    let times = 0;
    for (let passages = 1; passages <= 1_000; passages++) {
      if (!isOutgrown({ passages: measuredAt, sample: [] }, { passages, sample: [] })) continue;
      measuredAt = passages;
      times++;
    }
    expect(times).toBeLessThan(30);
    const outgrown = (then: number, now: number, by?: number) =>
      isOutgrown({ passages: then, sample: [] }, { passages: now, sample: [] }, by);
    expect(outgrown(100, 81)).toBe(false);
    expect(outgrown(100, 80)).toBe(true);
    expect(outgrown(100, 0)).toBe(false);
    expect(outgrown(100, 199, 2)).toBe(false);
    expect(outgrown(100, 200, 2)).toBe(true);
  });

  test('is made again when more than a quarter was replaced, at the same size', () => {
    const then = { passages: 40, sample: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] };
    expect(isOutgrown(then, { passages: 40, sample: ['a', 'b', 'c', 'd', 'e', 'f', 'y', 'z'] })).toBe(false);
    expect(isOutgrown(then, { passages: 40, sample: ['a', 'b', 'c', 'd', 'e', 'x', 'y', 'z'] })).toBe(true);
    expect(isOutgrown({ passages: 40, sample: [] }, then)).toBe(true);
  });

  test('asks one sentence of each passage before a second of any, and no more than it was told', () => {
    expect(inTurn([['a1', 'a2', 'a3'], [], ['b1']], 9)).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect(inTurn([['a1', 'a2'], ['b1']], 2)).toEqual(['a1', 'b1']);
    expect(inTurn([], 2)).toEqual([]);
  });

  test('a title that half of all bear tells no work from another', () => {
    expect(commonTitles(['README', 'README', 'README', 'Guide', null])).toEqual(new Set(['README']));
    expect(commonTitles(['A', 'A', 'B', 'B', 'C'])).toEqual(new Set());
    expect(commonTitles([null, null])).toEqual(new Set());
  });
});

describe('slips', () => {
  const unknown = (...words: string[]) => new Set(words.map((word) => tokenId(stem(word, 'en'))));
  const passages = ['Circuit breakers\nA circuit breaker recovers when one probe succeeds.'];

  test.each([
    ['How does a braeker recover?', 'braeker', 'How does a breaker recover?'],
    ['When does a probbe succeed?', 'probbe', 'When does a probe succeed?'],
    ['How does a circit open?', 'circit', 'How does a circuit open?'],
    ['How does a brekaers recover?', 'brekaers', 'How does a breakers recover?'],
  ])('%s', (question, word, meant) => {
    expect(respell(question, unknown(word), passages, 'en')).toBe(meant);
  });

  test('a word that is known, short, far from all others or begins otherwise stays as it is', () => {
    expect(respell('How does a braeker recover?', new Set(), passages, 'en')).toBeNull();
    expect(respell('How does a braeker recover?', unknown('recover'), [], 'en')).toBeNull();
    expect(respell('cup', unknown('cup'), ['a cap for you'], 'en')).toBeNull();
    expect(respell('Who won the championship?', unknown('won', 'championship'), passages, 'en')).toBeNull();
    expect(respell('greaker', unknown('greaker'), passages, 'en')).toBeNull();
  });

  test('the distance counts letters more, fewer, others and exchanged, and is a symmetric one', () => {
    expect(alignment('world', 'wrold')).toBe(1);
    expect(alignment('world', 'word')).toBe(1);
    expect(alignment('', 'abc')).toBe(3);
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (a, b) => {
        expect(alignment(a, b)).toBe(alignment(b, a));
        expect(alignment(a, a)).toBe(0);
      }),
    );
  });
});
