import { expect, test } from 'vitest';
import type { Bundle } from '../../local/bundle.ts';
import { startedTogether } from '../../local/together.ts';

const bundle = (fn: string, ...bound: string[]): Bundle => ({
  fn,
  name: `rag-${fn}`,
  main: `functions/${fn}/worker.ts`,
  code: `${fn} before`,
  inputs: [],
  services: bound.map((to) => ({ binding: 'B', service: `rag-${to}` })),
});
const ALL = [
  bundle('search'),
  bundle('query'),
  bundle('ingest', 'ingest'),
  bundle('status'),
  bundle('mcp', 'search', 'ingest'),
  bundle('chat', 'query'),
];
const names = (bundles: readonly Bundle[]) => bundles.map(({ fn }) => fn).toSorted();

test.each([
  ['status', ['status']],
  ['search', ['ingest', 'mcp', 'search']],
  ['mcp', ['ingest', 'mcp', 'search']],
  ['chat', ['chat', 'query']],
])('an edit of %s starts %j anew: what it is bound to, and what is bound to it', (fn, expected) => {
  expect(names(startedTogether([{ ...bundle(fn), ...ALL.find((one) => one.fn === fn) }], ALL))).toEqual(expected);
});

test('the edited version stands in the place of the one before', () => {
  const edited = { ...ALL[0]!, code: 'search after' };
  const started = startedTogether([edited], ALL);
  expect(started.filter(({ fn }) => fn === 'search')).toEqual([edited]);
});
