import { expect, test } from 'vitest';
import { runtimesOf, runtimesTable, suiteOf } from '../runtimes-reporter.ts';

test('a suite is a folder of tests, or a file where the folder holds several', () => {
  expect(
    ['/x/test/functions/search/400.test.ts', '/x/test/functions/log.test.ts', '/x/test/contracts/qdrant/query.test.ts'].map(suiteOf),
  ).toEqual(['functions/search', 'functions/log', 'contracts/qdrant']);
  expect(suiteOf('/x/test/kernel/env.test.ts')).toBeNull();
});

test('the runtime is the project’s, or the one that a journey names', () => {
  expect([runtimesOf('workerd', 'on Node'), runtimesOf('node:functions', ''), runtimesOf('node', '')]).toEqual([
    ['workerd'],
    ['Node'],
    ['Node'],
  ]);
  expect([
    runtimesOf('journeys', 'on Node > a folder goes in'),
    runtimesOf('journeys', 'an edit'),
    runtimesOf('journeys', 'on both runtimes'),
  ]).toEqual([['Node'], ['workerd'], ['workerd', 'Node']]);
});

test('the table says what passed, what failed, and what did not run', () => {
  const tallies = new Map([
    ['journeys/main', { workerd: { passed: 3, failed: 0 }, Node: { passed: 1, failed: 2 } }],
    ['contracts/redis', { Node: { passed: 20, failed: 0 } }],
  ]);
  expect(runtimesTable(tallies)).toEqual([
    '  suite             workerd    Node',
    '  contracts/redis   –          20 passed',
    '  journeys/main     3 passed   2 of 3 FAILED',
  ]);
});
