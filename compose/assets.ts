import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Assets } from '../functions/dashboard/worker.ts';

/** Files by the path under which they are served. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where `npm run dashboard` puts the page, and an image has it. */
export const BUILT = new URL('../dist/dashboard', import.meta.url).pathname;

/** Serves files from memory, as the edge serves static assets: a path that is not among them is 404, whatever it looks like. */
export function assetsOf(files: () => Files | Promise<Files>): Assets {
  return {
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const name = path === '/' ? '/index.html' : path;
      const body = (await files()).get(name);
      if (body === undefined) return new Response(null, { status: 404 });
      return new Response(body, { headers: { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' } });
    },
  };
}

/** Reads a built page into memory. @throws Error that says how to build it. */
export function readBuilt(folder = BUILT): Files {
  try {
    return new Map(readdirSync(folder).map((name) => [`/${name}`, new Uint8Array(readFileSync(join(folder, name)))]));
  } catch (cause) {
    throw new Error('The dashboard is not built: run npm run dashboard first.', { cause });
  }
}
