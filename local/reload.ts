import { ROOT, type Bundle } from './bundle.ts';
import { createRebuilder } from './rebuild.ts';
import { createRetired } from './retired.ts';
import { startedTogether } from './together.ts';
import { bursts, watchFolder } from './watch.ts';
import { WorkersError, type Workers } from './workers.ts';

/** What became of an edit. `ms`: from the last write to the first request that meets it. */
export type News =
  | { kind: 'served'; functions: readonly string[]; ms: number }
  | { kind: 'refused'; functions: readonly string[]; problem: string };

/** An editor that writes aside and renames makes several events; a checkout makes hundreds within this time of each other. */
const QUIET_MS = 40;

/**
 * Serves each edit below `functions/` in a workerd of its own, with the functions bound to the edited one, and moves their addresses
 * there; the other functions, the data and the calls under way go on where they are.
 *
 * What does not build or does not start is refused, and the version before goes on.
 */
export function reload(options: {
  bundles: readonly Bundle[];
  first: Workers;
  start(bundles: readonly Bundle[]): Promise<Workers>;
  /** Whether calls to an address are under way. */
  isBusy(url: string): boolean;
  /** Called with the addresses that changed. */
  moved(urls: Record<string, string>): void;
  tell(news: News): void;
}): { close(): Promise<void> } {
  const { start, moved, tell } = options;
  const ended = new AbortController();
  const turns = bursts(ended.signal, QUIET_MS);
  const rebuilder = createRebuilder(options.bundles);
  const served = new Map(options.bundles.map((bundle) => [bundle.fn, { bundle, by: options.first }]));
  const retired = createRetired(({ urls }) => Object.values(urls).some(options.isBusy));
  let changed = new Set<string>();
  let writtenAt = 0;
  watchFolder(`${ROOT}functions`, ended.signal, (path) => {
    changed.add(`functions/${path.replaceAll('\\', '/')}`);
    writtenAt = performance.now();
    turns.touch();
  });

  const turn = async (): Promise<void> => {
    const [files, since] = [changed, writtenAt];
    changed = new Set();
    const attempts = await rebuilder.rebuild(files);
    const problems = new Map<string, string[]>();
    for (const one of attempts) if ('problem' in one) problems.set(one.problem, [...(problems.get(one.problem) ?? []), one.fn]);
    for (const [problem, functions] of problems) tell({ kind: 'refused', functions, problem });
    const fresh = attempts.flatMap((one) => ('bundle' in one && one.bundle.code !== served.get(one.fn)?.bundle.code ? [one.bundle] : []));
    if (fresh.length === 0) return;
    const functions = fresh.map(({ fn }) => fn);
    try {
      const started = startedTogether(
        fresh,
        [...served.values()].map(({ bundle }) => bundle),
      );
      const next = await start(started);
      const before = new Set(started.map(({ fn }) => served.get(fn)!.by));
      for (const bundle of started) served.set(bundle.fn, { bundle, by: next });
      moved(next.urls);
      tell({ kind: 'served', functions, ms: performance.now() - since });
      const serving = new Set([...served.values()].map(({ by }) => by));
      for (const one of before) if (!serving.has(one)) await retired.add(one);
    } catch (error) {
      if (!(error instanceof WorkersError)) throw error;
      const culprit = fresh.find(({ name }) => error.message.includes(name)) ?? fresh[0]!;
      tell({ kind: 'refused', functions, problem: await rebuilder.inSources(culprit, error.message) });
    }
  };
  const loop = async (): Promise<void> => {
    for await (const _ of turns) {
      await turn().catch((error: unknown) => tell({ kind: 'refused', functions: [], problem: String(error) }));
    }
  };
  const looping = loop();
  return {
    async close() {
      ended.abort();
      await looping;
      await rebuilder.close();
      await retired.close();
      for (const workers of new Set([...served.values()].map(({ by }) => by))) await workers.close();
    },
  };
}
