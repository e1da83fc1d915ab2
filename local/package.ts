import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild, { type BuildOptions } from 'esbuild';
import { ROOT } from './bundle.ts';

// What `npm pack` packs: the client for programs and the command line for people, in JavaScript, because Node strips no types below
// node_modules (nodejs.org/api/typescript.html). The service itself is no package: it is deployed from a clone.

const DIST = join(ROOT, 'dist');
const CLI = join(DIST, 'cli');
const MANIFEST = join(ROOT, 'package.json');
const KEPT = join(DIST, 'package.json');

const common = { absWorkingDir: ROOT, bundle: true, format: 'esm', legalComments: 'none', logLevel: 'warning' } satisfies BuildOptions;

async function bundle(): Promise<void> {
  rmSync(CLI, { recursive: true, force: true }); // its parts are named by what is in them
  await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: ['functions/_kernel/client/client.ts'],
      outfile: join(DIST, 'client.js'),
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'es2022',
    }),
    esbuild.build({
      ...common,
      entryPoints: ['local/rag.ts'],
      outdir: CLI,
      platform: 'node',
      target: 'node20',
      minify: true,
      // What one command alone needs (MCP's SDK) is loaded with it.
      splitting: true,
      // The names of readable files stand beside their readers, which the service has; nothing here reads a PDF.
      external: ['unpdf'],
      // Some dependencies are CommonJS and ask for Node's modules by `require`, which a module does not have.
      banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    }),
  ]);
}

/** Writes the client's types as the compiler sees them: its own, and the contracts' that they are inferred from. */
function declare(): void {
  const types = join(DIST, 'types');
  rmSync(types, { recursive: true, force: true });
  const config = join(DIST, 'tsconfig.package.json');
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: '../functions', outDir: 'types' };
  writeFileSync(
    config,
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: [], files: ['../functions/_kernel/client/client.ts'] }),
  );
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  rmSync(config);
}

type Manifest = { dependencies: Record<string, string>; scripts: Record<string, string> } & Record<string, unknown>;
const PACKED = ['name', 'version', 'private', 'description', 'license', 'type', 'engines', 'bin', 'files', 'exports'];

/** What the package needs of all that the service does: its code is bundled, and only its types name zod. */
function packedManifest({ dependencies, scripts, ...manifest }: Manifest): object {
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => PACKED.includes(key)));
  // npm reads the script that puts the manifest back from the manifest itself.
  return { ...kept, scripts: { postpack: scripts['postpack'] }, dependencies: { zod: dependencies['zod'] } };
}

/** Puts the project's manifest back, also after a pack that was interrupted. */
function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

async function begin(): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  restore();
  await bundle();
  declare();
  const text = readFileSync(MANIFEST, 'utf8');
  writeFileSync(KEPT, text);
  writeFileSync(MANIFEST, `${JSON.stringify(packedManifest(JSON.parse(text) as Manifest), null, 2)}\n`);
}

const [step] = process.argv.slice(2);
if (step === 'begin') await begin();
else if (step === 'end') restore();
else {
  console.error('usage: npm pack, which calls node local/package.ts begin before and node local/package.ts end after');
  process.exitCode = 2;
}
