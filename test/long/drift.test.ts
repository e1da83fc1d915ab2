import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../local/bundle.ts';

// A copy of the tree in which fields of the contracts have other names: every way in that did not follow does not compile. What a
// program, the document and the tools' arguments say is in test/local/openapi/drift.test.ts.

const copy = mkdtempSync(join(tmpdir(), 'drift-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

async function compile(project: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const run = promisify(execFile)(process.execPath, [tsc, '--noEmit', '-p', project], { cwd: copy, maxBuffer: 16 * 1024 * 1024 });
  return (await run.catch((error: unknown) => error as { stdout: string })).stdout;
}
function rename(path: string, from: string, to: string): void {
  const text = readFileSync(join(copy, path), 'utf8');
  expect(text, `${path} has no ${from} any more: choose another field to rename`).toContain(from);
  writeFileSync(join(copy, path), text.replace(from, to));
}

let said = '';
beforeAll(async () => {
  for (const name of ['functions', 'local', 'gateway', 'package.json']) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const root = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  const files = ['local/rag.ts', 'functions/chat/worker.ts', 'functions/mcp/worker.ts', 'local/eval/main.ts'];
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ ...root, include: [], files }));
  const both = async () => (await Promise.all(['.', 'functions/dashboard/page'].map(compile))).join('');
  expect(await both()).toBe('');
  rename('functions/_kernel/http/fields.ts', '  text: z.string(),\n  span,', '  passage: z.string(),\n  span,');
  rename('functions/query/contract.ts', '  answerable: z.boolean(),', '  answered: z.boolean(),');
  rename('functions/ingest/contract.ts', '  failures: z.array(', '  failed: z.array(');
  rename('functions/collections/contract.ts', '  documents: z.number(),', '  size: z.number(),');
  said = await both();
}, 120_000);

test.each([
  ['the command line', 'local/commands/search.ts', 'text'],
  ['the command line', 'local/commands/ask.ts', 'answerable'],
  ['the command line', 'local/commands/collections.ts', 'documents'],
  ['the command line', 'local/ingest.ts', 'failures'],
  ['the tools', 'functions/mcp/results.ts', 'text'],
  ['the tools', 'functions/mcp/results.ts', 'answerable'],
  ['chat', 'functions/chat/completion.ts', 'answerable'],
  ['the dashboard', 'functions/dashboard/page/search/hit.tsx', 'text'],
  ['the dashboard', 'functions/dashboard/page/ask/answer.tsx', 'answerable'],
  ['the dashboard', 'functions/dashboard/page/documents/tasks.ts', 'failures'],
])('%s does not compile without the field it used: %s, %s', (_, path, field) => {
  const own = said
    .split('\n')
    .filter(
      (line) =>
        line.replace(/^.*?(?=functions\/|local\/)/, '').startsWith(`${path}(`) ||
        line.startsWith(path.slice('functions/dashboard/page/'.length)),
    );
  expect(own.join('\n')).toContain(`'${field}'`);
});
