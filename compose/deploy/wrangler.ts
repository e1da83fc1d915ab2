import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Plan } from './plan.ts';

/** What a run of wrangler came to. */
export type Ran = { code: number; output: string };
export type Wrangler = (args: readonly string[]) => Promise<Ran>;

/** Runs the project's own wrangler; its output is handed back, and shown only where somebody needs it. */
export function openWrangler(root: string): Wrangler {
  return (args) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [`${root}node_modules/wrangler/bin/wrangler.js`, ...args], {
        cwd: root,
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, output }));
    });
}

/** Writes the plan's configuration where nothing of another function is, and gives back its path. */
export function writeConfig(folder: string, { config }: Plan): string {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/wrangler.json`;
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

/** The names of a Worker's secrets; null when the account would not say, as before its first deployment. */
export async function secretsOf(wrangler: Wrangler, name: string, config: string): Promise<string[] | null> {
  const { code, output } = await wrangler(['secret', 'list', '--name', name, '--config', config, '--format', 'json']);
  const list = /\[[^]*\]/.exec(output)?.[0];
  if (code !== 0 || list === undefined) return null;
  return (JSON.parse(list) as { name: string }[]).map((secret) => secret.name);
}

/** A bundle's size in bytes, as it is uploaded and compressed. */
export function sizeOf(outdir: string): { bytes: number; gzip: number } {
  const code = readFileSync(`${outdir}/worker.js`);
  return { bytes: code.length, gzip: gzipSync(code, { level: 9 }).length };
}
