import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { aliasesOf, buildOptions, bundleFunctions, readWrangler, ROOT } from '../local/bundle.ts';
import { bundleDashboard } from '../local/bundle-dashboard.ts';

/** Bytes of each function's bundle and of the dashboard's page, minified and compressed, as an account counts them. */
export type Sizes = Record<string, number>;

/** Where the sizes are kept that a growth is measured from. */
export const SIZES_FILE = `${ROOT}test/bundle-sizes.json`;
/** A bundle may grow by a tenth before somebody has to say that it was meant. */
const GROWTH_MAX = 0.1;

/** What a browser loads to show the dashboard, compressed: a second on a slow line. */
export const PAGE_BYTES_MAX = 60 * 1024;
const PAGE = 'dashboard page';

const compressed = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;

/** Bundles every function as it is deployed, and the dashboard's page, and weighs them. */
export async function weigh(): Promise<Sizes> {
  const { default: esbuild } = await import('esbuild');
  const wrangler = readWrangler();
  const [bundles, dashboard, page] = await Promise.all([
    bundleFunctions(),
    esbuild.build(buildOptions(wrangler.env['dashboard']!.main, aliasesOf(wrangler))),
    bundleDashboard(),
  ]);
  const codes = [...bundles, { fn: 'dashboard', code: dashboard.outputFiles[0]!.text }];
  const weighed = await Promise.all(
    codes.map(async ({ fn, code }) => {
      const { code: minified } = await esbuild.transform(code, { minify: true, format: 'esm', target: 'es2024' });
      return [fn, compressed(minified)] as const;
    }),
  );
  return { ...Object.fromEntries(weighed), [PAGE]: [...page.values()].reduce((sum, bytes) => sum + compressed(bytes), 0) };
}

export const readSizes = (): Sizes => JSON.parse(readFileSync(SIZES_FILE, 'utf8')) as Sizes;

/** A sentence for each that grew by more than a tenth or whose size nobody has written down, and for a page beyond its budget. */
export function grown(kept: Sizes, now: Sizes): string[] {
  const how = 'If that is meant, run npm run sizes -- --write and say in the commit what it is for.';
  return Object.entries(now).flatMap(([fn, bytes]) => {
    const before = kept[fn];
    if (fn === PAGE && bytes > PAGE_BYTES_MAX) return [`${fn} weighs ${bytes} bytes compressed, at most ${PAGE_BYTES_MAX} are allowed.`];
    if (before === undefined) return [`${fn} is new and weighs ${bytes} bytes. ${how}`];
    if (bytes <= before * (1 + GROWTH_MAX)) return [];
    return [`${fn} grew from ${before} to ${bytes} bytes compressed (+${Math.round((bytes / before - 1) * 100)} %). ${how}`];
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const now = await weigh();
  const kept = values.write ? now : readSizes();
  if (values.write) writeFileSync(SIZES_FILE, `${JSON.stringify(now, null, 2)}\n`);
  for (const [fn, bytes] of Object.entries(now)) {
    const change = kept[fn] === undefined ? 'new' : `${bytes >= kept[fn] ? '+' : ''}${((bytes / kept[fn] - 1) * 100).toFixed(1)} %`;
    console.log(`${fn.padEnd(14)} ${(bytes / 1024).toFixed(1).padStart(7)} KiB compressed  ${change}`);
  }
  const problems = grown(kept, now);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
