import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, join } from 'node:path';
import type { BuildContext } from 'esbuild';
import { aliasesOf, buildOptions, buildProblem, finishBuild, readWrangler, type Bundle } from './bundle.ts';

/** A function built again: its new bundle, or what is wrong with its sources. */
export type Attempt = { fn: string; bundle: Bundle } | { fn: string; problem: string };

/** Builds functions again and again; what did not change between two builds of one is not read twice. */
export type Rebuilder = {
  /** Builds those that are made of one of the files, and those that failed the last time. @param changed paths from the project's root. */
  rebuild(changed: ReadonlySet<string>): Promise<Attempt[]>;
  /** A message of workerd's with places in the sources instead of in the bundle. */
  inSources(bundle: Bundle, message: string): Promise<string>;
  close(): Promise<void>;
};

/** Starts from bundles as they are served now; esbuild is started by the first change. */
export function createRebuilder(first: readonly Bundle[]): Rebuilder {
  const bundles = new Map(first.map((bundle) => [bundle.fn, bundle]));
  const failed = new Set<string>();
  const contexts = new Map<string, Promise<BuildContext<ReturnType<typeof buildOptions>>>>();
  const contextOf = ({ fn, main }: Bundle) => {
    const open = async () => (await import('esbuild')).context(buildOptions(main, aliasesOf(readWrangler())));
    const known = contexts.get(fn) ?? open();
    contexts.set(fn, known);
    return known;
  };
  const attempt = async (bundle: Bundle): Promise<Attempt> => {
    const { fn } = bundle;
    try {
      const next = { ...bundle, ...finishBuild(fn, await (await contextOf(bundle)).rebuild()) };
      bundles.set(fn, next);
      failed.delete(fn);
      return { fn, bundle: next };
    } catch (error) {
      failed.add(fn);
      return { fn, problem: await buildProblem(error) };
    }
  };
  return {
    rebuild(changed) {
      const concerned = [...bundles.values()].filter(({ fn, inputs }) => failed.has(fn) || inputs.some((path) => changed.has(path)));
      return Promise.all(concerned.map(attempt));
    },
    async inSources({ main }, message) {
      const esbuild = await import('esbuild');
      const options = { ...buildOptions(main, aliasesOf(readWrangler())), sourcemap: 'external', outfile: 'index.js' } as const;
      const { outputFiles } = await esbuild.build(options);
      const text = outputFiles.find(({ path }) => basename(path) === 'index.js.map')?.text ?? '{}';
      const map = new SourceMap(JSON.parse(text) as SourceMapPayload);
      return message.replaceAll(/(?:file:\S*\/)?index\.js:(\d+)(?::(\d+))?/g, (place, line: string, column: string | undefined) => {
        const found = map.findEntry(Number(line) - 1, Number(column ?? 1) - 1);
        return 'originalSource' in found ? `${join(found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}` : place;
      });
    },
    async close() {
      for (const context of contexts.values()) await (await context).dispose();
    },
  };
}
