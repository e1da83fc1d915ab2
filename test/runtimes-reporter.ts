import type { Reporter, TestCase, TestModule } from 'vitest/node';

type Runtime = 'workerd' | 'Node';
type Tally = { passed: number; failed: number };
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
  return /\bon Node\b/.test(title) ? ['Node'] : ['workerd'];
}

function cell(tally: Tally | undefined): string {
  if (tally === undefined) return '–';
  return tally.failed === 0 ? `${tally.passed} passed` : `${tally.failed} of ${tally.passed + tally.failed} FAILED`;
}

/** The table as lines: a suite each, and on which runtime it passed. */
export function runtimesTable(tallies: ReadonlyMap<string, Partial<Record<Runtime, Tally>>>): string[] {
  const rows = [
    ['suite', ...RUNTIMES],
    ...[...tallies].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([suite, of]) => [suite, ...RUNTIMES.map((one) => cell(of[one]))]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column]!)).join('   ')}`.trimEnd());
}

function isFailed(test: TestCase): boolean {
  return test.result().state === 'failed';
}

/** A Vitest reporter that ends a run with a table: which function, contract and journey suites passed on workerd and on Node. */
export function runtimesReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tallies = new Map<string, Partial<Record<Runtime, Tally>>>();
      const count = (suite: string, runtime: Runtime, failed: boolean) => {
        const of = tallies.get(suite) ?? {};
        const tally = (of[runtime] ??= { passed: 0, failed: 0 });
        tally[failed ? 'failed' : 'passed']++;
        tallies.set(suite, of);
      };
      for (const module of modules) {
        const suite = suiteOf(module.moduleId);
        if (suite === null) continue;
        const tests = [...module.children.allTests()];
        for (const test of tests) for (const one of runtimesOf(module.project.name, test.fullName)) count(suite, one, isFailed(test));
        // A file that cannot be loaded has no tests to count.
        if (tests.length === 0 && module.state() === 'failed')
          for (const one of runtimesOf(module.project.name, '')) count(suite, one, true);
      }
      if (tallies.size > 0) console.log(`\n${runtimesTable(tallies).join('\n')}\n`);
    },
  };
}
