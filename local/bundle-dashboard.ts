import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BUILT, type Files } from '../compose/assets.ts';
import { ROOT } from './bundle.ts';

const PAGE = 'functions/dashboard/page';
const KEPT = `${ROOT}node_modules/.cache/rag-bundles/page.json`;

/** What a page was made of, and what it came to: it holds good while every input has the same time and size. */
type Kept = { inputs: [path: string, mtimeMs: number, bytes: number][]; files: [path: string, text: string][] };

function stamp(path: string): [string, number, number] {
  const { mtimeMs, size } = statSync(`${ROOT}${path}`);
  return [path, mtimeMs, size];
}

function keptPage(): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as Kept;
    return kept.inputs.every(([path, mtimeMs, bytes]) => stamp(path)[1] === mtimeMs && stamp(path)[2] === bytes) ? kept : null;
  } catch {
    return null; // nothing kept, or an input is gone: it is made anew
  }
}

async function build(): Promise<Kept> {
  const { default: esbuild } = await import('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [`${PAGE}/main.tsx`, `${PAGE}/style.css`],
    outdir: 'dist/dashboard',
    entryNames: '[name]-[hash]',
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome117', 'firefox124', 'safari17.4'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx/dom',
    logLevel: 'silent',
    // The page's own configuration is for the type checker.
    tsconfigRaw: {},
  });
  const built = outputFiles.map(({ path, text }) => [`/${basename(path)}`, text] as [string, string]);
  const html = built.reduce(
    (text, [path]) => text.replace(`/${path.slice(1).replace(/-[A-Z0-9]{8}\./, '.')}"`, `${path}"`),
    readFileSync(`${ROOT}${PAGE}/index.html`, 'utf8'),
  );
  const icon = readFileSync(`${ROOT}${PAGE}/icon.svg`, 'utf8');
  const inputs = [
    ...Object.keys(metafile.inputs),
    `${PAGE}/index.html`,
    `${PAGE}/icon.svg`,
    'package-lock.json',
    'local/bundle-dashboard.ts',
  ];
  return { inputs: inputs.map(stamp), files: [...built, ['/index.html', html], ['/icon.svg', icon]] };
}

/**
 * Makes the dashboard's page: one script and one style sheet, named by their content, and the document that loads them.
 *
 * One whose sources are as they were is taken from the time before. Errors are esbuild's, with file and line.
 */
export async function bundleDashboard(): Promise<Files> {
  let page = keptPage();
  if (page === null) {
    page = await build();
    mkdirSync(`${ROOT}node_modules/.cache/rag-bundles`, { recursive: true });
    // Written aside and renamed, so that two starts at once never read half a file.
    writeFileSync(`${KEPT}.${process.pid}.tmp`, JSON.stringify(page));
    renameSync(`${KEPT}.${process.pid}.tmp`, KEPT);
  }
  return new Map(page.files.map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

if (import.meta.main) {
  const files = await bundleDashboard();
  rmSync(BUILT, { recursive: true, force: true });
  mkdirSync(BUILT, { recursive: true });
  for (const [path, bytes] of files) writeFileSync(`${BUILT}${path}`, bytes);
  console.log(`${files.size} files in dist/dashboard`);
}
