import { expect, test } from 'vitest';
import { support } from '../../../functions/_kernel/retrieval/support.ts';

const quote = (claim: string, text: string): string | null => {
  const span = support(claim, text);
  return span === null ? null : text.slice(span.start, span.end);
};

test('a heading is never quoted, alone or between two sentences, however well it fits', () => {
  const text = '# A breaker opens after five faults\n\nIt stays open for thirty seconds. A breaker opens after five faults in a row.';
  expect(quote('A breaker opens after five faults', text)).toBe('A breaker opens after five faults in a row.');
  expect(quote('A breaker opens after five faults', '# A breaker opens after five faults')).toBeNull();
  const parted = 'Paris lies in France.\n\n## Germany\n\nBerlin lies in Germany.';
  expect(quote('Paris lies in France and Berlin in Germany', parted)).not.toContain('#');
});

test('a wrong figure outweighs the words around it', () => {
  expect(quote('It opens for 40 seconds', 'It opens for 30 seconds.')).toBeNull();
  expect(quote('It opens for 30 seconds', 'It opens for 30 seconds.')).toBe('It opens for 30 seconds.');
});
