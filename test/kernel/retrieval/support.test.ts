import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestPlace, claimOf, SHARE_MIN, sourceOf } from '../../../functions/_kernel/retrieval/support.ts';

/** What of a text supports a claim. */
const quote = (claim: string, text: string): string | null => {
  const place = bestPlace(claimOf(claim), sourceOf(text));
  return place === null || place.share < SHARE_MIN ? null : text.slice(place.span.start, place.span.end);
};

test('a claim in other words gets the sentence that holds it, a claim of something else gets none', () => {
  const text = 'Breakers protect a service. A breaker opens after five failures. It closes again after one success.';
  expect(quote('The breaker is opened after five failures.', text)).toBe('A breaker opens after five failures.');
  for (const other of ['Cats sleep for sixteen hours.', 'The of and.', '']) expect(quote(other, text)).toBeNull();
});

test('a claim of two sentences gets both', () => {
  const text = 'Paris is in France. Berlin is in Germany. Rome is far.';
  expect(quote('Paris lies in France and Berlin in Germany', text)).toBe('Paris is in France. Berlin is in Germany.');
});

test('a heading is never quoted, alone or between two sentences, however well it fits', () => {
  const text = '# A breaker opens after five faults\n\nIt stays open for thirty seconds. A breaker opens after five faults in a row.';
  expect(quote('A breaker opens after five faults', text)).toBe('A breaker opens after five faults in a row.');
  expect(quote('A breaker opens after five faults', '# A breaker opens after five faults')).toBeNull();
  const parted = 'Paris lies in France.\n\n## Germany\n\nBerlin lies in Germany.';
  expect(quote('Paris lies in France and Berlin in Germany', parted)).not.toContain('#');
});

test('a wrong figure outweighs the words around it, a figure and its word are one number', () => {
  expect(quote('It opens for 40 seconds', 'It opens for 30 seconds.')).toBeNull();
  expect(quote('The fee is 40 euros.', 'The fee was raised. It is 95 euros.')).toBeNull();
  expect(quote('It opens for 30 seconds', 'It opens for thirty seconds.')).toBe('It opens for thirty seconds.');
  expect(quote('At 8 pm', 'The library closes at eight.')).toBe('The library closes at eight.');
});

test('what it gives is always a slice of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (claim, text) => {
      const place = bestPlace(claimOf(claim), sourceOf(text));
      if (place === null) return;
      const { start, end } = place.span;
      expect(start >= 0 && start < end && end <= text.length && place.share > 0 && place.share <= 1).toBe(true);
    }),
  );
});
