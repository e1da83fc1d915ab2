import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';

/** The project's root, wherever a command was started. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Environment = { name: string; main: string; vars?: Record<string, string>; services?: { binding: string; service: string }[] };
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
export type Bundle = { fn: string; name: string; code: string; services: { binding: string; service: string }[] };

/** What a bundle was made of: it holds good while every input has the same time and size. */
type Kept = { inputs: [path: string, mtimeMs: number, bytes: number][]; code: string };

/** Where bundles are kept between starts; may be deleted at any time. */
const CACHE = `${ROOT}node_modules/.cache/rag-bundles/`;

function stamp(path: string): [string, number, number] {
  const { mtimeMs, size } = statSync(`${ROOT}${path}`);
  return [path, mtimeMs, size];
}

function keptBundle(fn: string): string | null {
  try {
    const { inputs, code } = JSON.parse(readFileSync(`${CACHE}${fn}.json`, 'utf8')) as Kept;
    const same = inputs.every(([path, mtimeMs, bytes]) => {
      const [, now, size] = stamp(path);
      return now === mtimeMs && size === bytes;
    });
    return same ? code : null;
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

async function bundle(fn: string, main: string, alias: Record<string, string>): Promise<string> {
  const kept = keptBundle(fn);
  if (kept !== null) return kept;
  const { default: esbuild } = await import('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [main],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    logLevel: 'error',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    alias,
  });
  const code = outputFiles[0]!.text;
  const inputs = [...Object.keys(metafile.inputs), 'wrangler.toml', 'package.json', 'package-lock.json', 'local/bundle.ts'];
  keepBundle(fn, { inputs: inputs.map(stamp), code });
  return code;
}

/**
 * Bundles every function for workerd as wrangler does: the same entry, conditions and aliases. One whose sources are as they were
 * is taken from the start before.
 *
 * Errors are esbuild's, with file and line.
 */
export async function bundleFunctions(): Promise<Bundle[]> {
  const wrangler = readWrangler();
  const alias = Object.fromEntries(Object.entries(wrangler.alias ?? {}).map(([from, to]) => [from, `${ROOT}${to}`]));
  return Promise.all(
    Object.entries(wrangler.env).map(async ([fn, { name, main, services = [] }]) => ({
      fn,
      name,
      code: await bundle(fn, main, alias),
      services,
    })),
  );
}
