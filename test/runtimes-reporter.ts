import type { Reporter } from 'vitest/node';

type Runtime = 'workerd' | 'Node';
type Outcome = 'passed' | 'failed' | 'skipped';
type Tally = Record<Outcome, number>;
type Tallies = Map<string, Partial<Record<Runtime, Tally>>>;

/** What is read of Vitest's modules, suites and tests. */
type Group = { fullName?: string; parent?: Group; errors(): readonly unknown[] };
type Case = { fullName: string; parent: Group; options: { mode?: string | undefined }; result(): { state: string } };
export type Module = Group & {
  moduleId: string;
  project: { name: string };
  children: { allTests(): Iterable<Case>; allSuites(): Iterable<Group> };
};

const RUNTIMES: readonly Runtime[] = ['workerd', 'Node'];

/** The suite that a file belongs to, such as `functions/search`, where its runtime matters; null elsewhere. */
export function suiteOf(path: string): string | null {
  const found = /\/test\/((?:functions|contracts|journeys)\/.+)$/.exec(path.replaceAll('\\', '/'))?.[1];
  return (
    found?.replace(/\/[^/]+$/, (file, at: number, whole: string) => (whole.indexOf('/') === at ? file.replace('.test.ts', '') : '')) ?? null
  );
}

/** On which runtimes a test ran: a project's, or, where one project runs both, the one that the titles above it name. */
export function runtimesOf(project: string, title: string): readonly Runtime[] {
  if (project === 'workerd') return ['workerd'];
  if (project !== 'journeys') return ['Node'];
  if (/\bon both runtimes\b/.test(title)) return RUNTIMES;
  return /\bon node\b/i.test(title) ? ['Node'] : ['workerd'];
}

function cell(tally: Tally | undefined): string {
  if (tally === undefined) return '–';
  const { passed, failed, skipped } = tally;
  const parts = [
    ...(failed > 0 ? [`${failed} of ${passed + failed} FAILED`] : passed > 0 ? [`${passed} passed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

/** The table as lines: a suite each, and on which runtime it passed. */
export function runtimesTable(tallies: Tallies): string[] {
  const rows = [
    ['suite', ...RUNTIMES],
    ...[...tallies].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([suite, of]) => [suite, ...RUNTIMES.map((one) => cell(of[one]))]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column]!)).join('   ')}`.trimEnd());
}

/** Whether a group that a test is in broke: a test that it was to prepare is told as skipped. */
const isIn = (broken: ReadonlySet<Group>, group: Group | undefined): boolean =>
  group !== undefined && (broken.has(group) || isIn(broken, group.parent));

/** Counts what became of each test, a suite and a runtime each; a test that a failed hook kept from running has failed. */
export function tallied(modules: readonly Module[]): Tallies {
  const tallies: Tallies = new Map();
  for (const module of modules) {
    const suite = suiteOf(module.moduleId);
    if (suite === null) continue;
    const of = tallies.get(suite) ?? {};
    tallies.set(suite, of);
    const count = (runtimes: readonly Runtime[], outcome: Outcome) => {
      for (const one of runtimes) (of[one] ??= { passed: 0, failed: 0, skipped: 0 })[outcome]++;
    };
    const project = module.project.name;
    const broken = new Set([module, ...module.children.allSuites()].filter((group) => group.errors().length > 0));
    const told = new Set<Runtime>();
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      const isMeant = test.options.mode === 'skip' || test.options.mode === 'todo';
      const failed = state === 'failed' || (state !== 'passed' && !isMeant && isIn(broken, test.parent));
      const runtimes = runtimesOf(project, test.fullName);
      if (failed) for (const one of runtimes) told.add(one);
      count(runtimes, failed ? 'failed' : state === 'passed' ? 'passed' : 'skipped');
    }
    // What failed beside the tests: a file that cannot be loaded, a hook after the last test.
    for (const { fullName } of broken) {
      const runtimes = fullName === undefined && project === 'journeys' ? RUNTIMES : runtimesOf(project, fullName ?? '');
      const untold = runtimes.filter((one) => !told.has(one));
      count(untold, 'failed');
      for (const one of untold) told.add(one);
    }
  }
  return tallies;
}

/** A Vitest reporter that ends a run with a table: which function, contract and journey suites passed on workerd and on Node. */
export function runtimesReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      const tallies = tallied(modules);
      if (tallies.size > 0) console.log(`\n${runtimesTable(tallies).join('\n')}\n`);
    },
  };
}
