import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page } from '../../../functions/docs/page.ts';
import type { OpenApi } from '../../../functions/docs/page/document.ts';
import { ROOT } from '../../../local/bundle.ts';
import { EXAMPLES } from '../../../local/openapi/examples.ts';
import { FILE } from '../../../local/openapi/main.ts';
import { conformance } from '../../functions/conformance.ts';

// A copy of the tree in which two fields of the contracts have other names. Whoever did not follow says so here.

const run = promisify(execFile);
const copy = mkdtempSync(join(tmpdir(), 'drift-'));
type Told = { stale: string | null; document: Record<string, unknown>; tool: string[] };
let told: Told;

const TELL = `
import * as z from 'zod/mini';
import { version } from './functions/status/version.ts';
import { searchArguments } from './functions/mcp/contract.ts';
import { openApiDocument } from './local/openapi/document.ts';
import { staleness } from './local/openapi/main.ts';
const tool = Object.keys(z.toJSONSchema(searchArguments, { io: 'input' }).properties ?? {});
console.log(JSON.stringify({ stale: staleness(), document: openApiDocument(version), tool }));
`;
const CLIENT = `
import { createClient } from './functions/_kernel/client/client.ts';
const { hits } = await createClient({ url: '' }).search({ query: 'a', limit: 5 });
export const texts: string[] = hits.map(({ text }) => text);
`;

function rename(path: string, from: string, to: string): void {
  const text = readFileSync(join(copy, path), 'utf8');
  expect(text, `${path} has no ${from} any more: choose another field to rename`).toContain(from);
  writeFileSync(join(copy, path), text.replace(from, to));
}

/** What the compiler says of a program that uses the client as of before. */
async function compile(): Promise<string> {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  writeFileSync(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, lib: ['ES2024', 'ESNext', 'DOM'] }, files: ['client.ts'] }),
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', copy], { cwd: copy }).catch((error: unknown) => error as { stdout: string });
  return stdout;
}

beforeAll(async () => {
  for (const folder of ['functions', 'local/openapi']) cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'client.ts'), CLIENT);
  writeFileSync(join(copy, 'tell.ts'), TELL);
  expect(await compile()).toBe('');
  rename('functions/_kernel/http/fields.ts', '  limit: z._default(', '  top: z._default(');
  rename('functions/search/contract.ts', '    limit: number,', '    top: number,');
  rename('functions/_kernel/http/fields.ts', '  text: z.string(),\n  span,', '  passage: z.string(),\n  span,');
  const { stdout } = await run(process.execPath, ['tell.ts'], { cwd: copy, maxBuffer: 16 * 1024 * 1024 });
  told = JSON.parse(stdout) as Told;
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the committed document is stale, and the sentence says what to do', () => {
  expect(told.stale).toContain('npm run openapi');
});

test('the page of the new document has the new fields, that of the committed one has not', () => {
  const name = '<code class="name">passage</code>';
  expect(page(told.document as unknown as OpenApi).html).toContain(name);
  expect(page(JSON.parse(readFileSync(FILE, 'utf8')) as OpenApi).html).not.toContain(name);
});

test('an answer of before is refused by the new document', () => {
  const seen = {
    method: 'POST',
    path: '/search',
    status: 200,
    headers: { 'content-type': 'application/json', 'x-request-id': 'a' },
    body: JSON.stringify(EXAMPLES['SearchResponse']),
  };
  expect(conformance(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>).problemsOf(seen)).toEqual([]);
  expect(conformance(told.document).problemsOf(seen).join('; ')).toMatch(/required property 'passage'/);
});

test('a program that uses the client does not compile', async () => {
  const said = await compile();
  expect(said).toMatch(/client\.ts\(3,.*'limit' does not exist/);
  expect(said).toMatch(/client\.ts\(4,.*'text' does not exist/);
});

test('the tool of the same operation takes the new field', () => {
  expect(told.tool).toContain('top');
  expect(told.tool).not.toContain('limit');
});
