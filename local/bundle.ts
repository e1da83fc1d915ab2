import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BuildFailure, BuildOptions, BuildResult } from 'esbuild';
import { parse } from 'smol-toml';

/** The project's root, wherever a command was started. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Environment = {
  name: string;
  main: string;
  assets?: { directory: string };
  vars?: Record<string, string>;
  services?: { binding: string; service: string }[];
};
type Wrangler = {
  compatibility_date: string;
  compatibility_flags: string[];
  alias?: Record<string, string>;
  env: Record<string, Environment>;
};

/** `wrangler.toml`: the one description of what is deployed, read here so that the emulator runs the same. */
export function readWrangler(): Wrangler {
  return parse(readFileSync(`${ROOT}wrangler.toml`, 'utf8')) as unknown as Wrangler;
}

/** A function as a module for workerd. */
export type Bundle = Made & { fn: string; name: string; main: string; services: { binding: string; service: string }[] };
/** `inputs`: the files that the code was made of, from the project's root. */
export type Made = { code: string; inputs: string[] };

/** What a bundle was made of: it holds good while every input has the same time and size. */
type Kept = { inputs: [path: string, mtimeMs: number, bytes: number][]; code: string };

/** Where bundles are kept between starts; may be deleted at any time. */
const CACHE = `${ROOT}node_modules/.cache/rag-bundles/`;

function stamp(path: string): [string, number, number] {
  const { mtimeMs, size } = statSync(`${ROOT}${path}`);
  return [path, mtimeMs, size];
}

function keptBundle(fn: string): Made | null {
  try {
    const { inputs, code } = JSON.parse(readFileSync(`${CACHE}${fn}.json`, 'utf8')) as Kept;
    const same = inputs.every(([path, mtimeMs, bytes]) => {
      const [, now, size] = stamp(path);
      return now === mtimeMs && size === bytes;
    });
    return same ? { code, inputs: inputs.map(([path]) => path) } : null;
  } catch {
    return null; // nothing kept, or an input is gone: it is made anew
  }
}

function keepBundle(fn: string, kept: Kept): void {
  mkdirSync(CACHE, { recursive: true });
  // Written aside and renamed, so that two starts at once never read half a file.
  const aside = `${CACHE}${fn}.${process.pid}.tmp`;
  writeFileSync(aside, JSON.stringify(kept));
  renameSync(aside, `${CACHE}${fn}.json`);
}

/** How a function is bundled: the same entry, conditions and aliases as wrangler's. */
export function buildOptions(main: string, alias: Record<string, string>) {
  return {
    absWorkingDir: ROOT,
    entryPoints: [main],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    logLevel: 'silent',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    alias,
  } satisfies BuildOptions;
}

/** Keeps what a build came to for the next start. @returns its code, and the files that it was made of. */
export function finishBuild(fn: string, { outputFiles, metafile }: BuildResult<ReturnType<typeof buildOptions>>): Made {
  const code = outputFiles[0]!.text;
  const inputs = [...Object.keys(metafile.inputs), 'wrangler.toml', 'package.json', 'package-lock.json', 'local/bundle.ts'];
  keepBundle(fn, { inputs: inputs.map(stamp), code });
  return { code, inputs };
}

async function bundle(fn: string, main: string, alias: Record<string, string>): Promise<Made> {
  const kept = keptBundle(fn);
  if (kept !== null) return kept;
  const { default: esbuild } = await import('esbuild');
  try {
    return finishBuild(fn, await esbuild.build(buildOptions(main, alias)));
  } catch (error) {
    throw new Error(await buildProblem(error), { cause: error });
  }
}

/** What a build complains of, with file, line and the line itself, as esbuild tells it. */
export async function buildProblem(error: unknown): Promise<string> {
  const { formatMessages } = await import('esbuild');
  const errors = (error as Partial<BuildFailure>).errors;
  if (errors === undefined) throw error;
  return (await formatMessages(errors, { kind: 'error', color: process.stdout.isTTY })).join('').trimEnd();
}

/** The aliases of `wrangler.toml`, as paths. */
export function aliasesOf(wrangler: Wrangler): Record<string, string> {
  return Object.fromEntries(Object.entries(wrangler.alias ?? {}).map(([from, to]) => [from, `${ROOT}${to}`]));
}

/**
 * Bundles every function for workerd as wrangler does. One whose sources are as they were is taken from the start before.
 *
 * The dashboard is none of them: it is static assets, which `bundle-dashboard.ts` makes and Node serves here.
 *
 * Errors are esbuild's, with file and line.
 */
export async function bundleFunctions(): Promise<Bundle[]> {
  const wrangler = readWrangler();
  const alias = aliasesOf(wrangler);
  return Promise.all(
    Object.entries(wrangler.env)
      .filter(([, { assets }]) => assets === undefined)
      .map(async ([fn, { name, main, services = [] }]) => ({ ...(await bundle(fn, main, alias)), fn, name, main, services })),
  );
}
