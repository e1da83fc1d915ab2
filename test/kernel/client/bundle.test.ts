import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { expect, test } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../../functions/_kernel/client/client.ts', import.meta.url));
/** Half as much again as it was when this was written (4.4 KiB). */
const GZIP_MAX_BYTES = 6_656;

test('the client is small, runs anywhere, and no schema, limit of the service or node module is part of it', async () => {
  // `neutral` knows no built-in module: an import of one would fail the build.
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  });
  const inputs = Object.keys(metafile.inputs).map((path) => path.replace(/^.*?(functions|node_modules)\//, '$1/'));
  expect(
    inputs.filter((path) => !/^functions\/_kernel\/(client\/\w+|limits|file-types)\.ts$|^node_modules\/eventsource-parser\//.test(path)),
  ).toEqual([]);
  const [{ text, contents }] = outputFiles as [esbuild.OutputFile];
  expect(text).not.toMatch(/\bprocess\b|\bBuffer\b|\brequire\b|node:/);
  expect(gzipSync(contents).length).toBeLessThan(GZIP_MAX_BYTES);
});
