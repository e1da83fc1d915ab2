import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runtimesOf, runtimesTable, suiteOf, tallied, type Module } from '../runtimes-reporter.ts';

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
});

test('every test of the journeys names where it runs, as their sources title them', () => {
  const folder = new URL('../journeys/', import.meta.url);
  const titles = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(new URL(file, folder), 'utf8');
    return [...source.matchAll(/^(?:describe|test)(?:\.each\(([\s\S]*?)\))?\('([^']*)'/gm)].flatMap(([, each, title = '']) => {
      const names = [...(each ?? '').matchAll(/(?<=name: |\[|, )'(\w+)'/g)].map(([, name]) => name!);
      return /%s|\$name/.test(title) && names.length > 0 ? names.map((name) => title.replace(/%s|\$name/, name)) : [title];
    });
  });
  expect(titles.length).toBeGreaterThan(9);
  const ran = titles.map((title) => [title.split(' ').slice(0, 3).join(' ').replace(/:$/, ''), runtimesOf('journeys', title).join()]);
  expect(Object.fromEntries(ran)).toEqual({
    'on workerd': 'workerd',
    'on node': 'Node',
    'on Node': 'Node',
    'on both runtimes': 'workerd,Node',
  });
});

type Told = { title: string; state: string; mode?: string };
/** A file as Vitest tells of it: one suite with its tests, and how many errors file and suite had beside them. */
function told(project: string, suite: string, tests: Told[], errors: { file?: number; suite?: number } = {}): Module {
  const some = (count = 0) => Array.from({ length: count }, () => new Error('broken'));
  const file: Module = {
    moduleId: '/x/test/journeys/main.test.ts',
    project: { name: project },
    errors: () => some(errors.file),
    children: {
      allTests: () =>
        tests.map(({ title, state, mode }) => {
          return { fullName: `${suite} > ${title}`, parent: group, options: { mode }, result: () => ({ state }) };
        }),
      allSuites: () => [group],
    },
  };
  const group = { fullName: suite, parent: file, errors: () => some(errors.suite) };
  return file;
}
const row = (...modules: Module[]) => Object.fromEntries(tallied(modules))['journeys/main'];
const tests = [
  { title: 'one', state: 'skipped', mode: 'run' },
  { title: 'two', state: 'skipped', mode: 'skip' },
  { title: 'three', state: 'skipped', mode: 'todo' },
];

test('a test that a failed hook kept from running has failed; one that is skipped on purpose has neither passed nor failed', () => {
  expect(row(told('journeys', 'on node', tests, { suite: 1 }))).toEqual({ Node: { passed: 0, failed: 1, skipped: 2 } });
  expect(row(told('journeys', 'on node', tests))).toEqual({ Node: { passed: 0, failed: 0, skipped: 3 } });
});

test('a failure beside the tests is one: a hook after them, a file that cannot be loaded', () => {
  const passed = [{ title: 'one', state: 'passed', mode: 'run' }];
  expect(row(told('journeys', 'on node', passed, { suite: 1 }))).toEqual({ Node: { passed: 1, failed: 1, skipped: 0 } });
  const failed = { passed: 0, failed: 1, skipped: 0 };
  expect(row(told('journeys', '', [], { file: 1 }))).toEqual({ workerd: failed, Node: failed });
  expect(row(told('workerd', '', [], { file: 1 }))).toEqual({ workerd: failed });
});

test('the table says what passed, what failed, and what did not run', () => {
  const tallies = new Map([
    ['journeys/main', { workerd: { passed: 3, failed: 0, skipped: 0 }, Node: { passed: 1, failed: 2, skipped: 1 } }],
    ['contracts/redis', { Node: { passed: 20, failed: 0, skipped: 2 } }],
    ['contracts/qdrant', { Node: { passed: 0, failed: 0, skipped: 1 } }],
  ]);
  expect(runtimesTable(tallies)).toEqual([
    '  suite              workerd    Node',
    '  contracts/qdrant   –          1 skipped',
    '  contracts/redis    –          20 passed, 2 skipped',
    '  journeys/main      3 passed   2 of 3 FAILED, 1 skipped',
  ]);
});
