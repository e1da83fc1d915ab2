import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
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

/**
 * Bundles every function for workerd as wrangler does: the same entry, conditions and aliases.
 *
 * @param onlyFns names of environments in `wrangler.toml`; all by default. Errors are esbuild's, with file and line.
 */
export async function bundleFunctions(onlyFns?: readonly string[]): Promise<Bundle[]> {
  const wrangler = readWrangler();
  const environments = Object.entries(wrangler.env).filter(([fn]) => onlyFns === undefined || onlyFns.includes(fn));
  const alias = Object.fromEntries(Object.entries(wrangler.alias ?? {}).map(([from, to]) => [from, `${ROOT}${to}`]));
  return Promise.all(
    environments.map(async ([fn, { name, main, services = [] }]): Promise<Bundle> => {
      const { outputFiles } = await esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: [main],
        bundle: true,
        write: false,
        format: 'esm',
        target: 'es2024',
        platform: 'neutral',
        sourcemap: 'inline',
        sourcesContent: false,
        logLevel: 'error',
        mainFields: ['browser', 'module', 'main'],
        conditions: ['workerd', 'worker', 'browser'],
        external: ['node:*', 'cloudflare:*'],
        alias,
      });
      return { fn, name, code: outputFiles[0]!.text, services };
    }),
  );
}
