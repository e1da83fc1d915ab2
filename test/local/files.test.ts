import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFiles, listFiles, NoFilesError } from '../../local/files.ts';

let top = '';
beforeEach(() => void (top = mkdtempSync(join(tmpdir(), 'files-'))));
afterEach(() => rmSync(top, { recursive: true, force: true }));

function put(files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, name)), { recursive: true });
    writeFileSync(join(top, name), content);
  }
}
const names = (folder = '') => listFiles([join(top, folder)]).map((one) => one.name);

test('every readable file is found, named by its path below the folder, in order', () => {
  put({ 'b.md': 'b', 'a/deep/c.pdf': '%PDF', 'a/x.docx': 'PK', 'a/y.csv': 'a,b', 'z.exe': 'z', README: 'r', 'page.MDX': 'm' });
  expect(names()).toEqual(['a/deep/c.pdf', 'a/x.docx', 'a/y.csv', 'b.md', 'page.MDX']);
});

test('what is hidden, in node_modules, binary or a link is left out', () => {
  put({ '.hidden.md': 'h', '.git/notes.md': 'n', 'node_modules/p/README.md': 'r', 'blob.txt': new Uint8Array([97, 0, 98]), 'a.md': 'a' });
  symlinkSync(top, join(top, 'loop'));
  symlinkSync(join(top, 'a.md'), join(top, 'link.md'));
  expect(names()).toEqual(['a.md']);
});

test('a .gitignore rules below its folder, and a nearer one over it', () => {
  put({
    '.gitignore': '*.txt\nbuild/\n/only-here.md\n',
    'a.txt': 'a',
    'build/b.md': 'b',
    'only-here.md': 'o',
    'sub/only-here.md': 'o',
    'sub/.gitignore': '!keep.txt\ndraft-*.md\n',
    'sub/keep.txt': 'k',
    'sub/drop.txt': 'd',
    'sub/draft-1.md': 'd',
    'draft-2.md': 'd',
  });
  expect(names()).toEqual(['draft-2.md', 'sub/keep.txt', 'sub/only-here.md']);
});

test('a .gitignore above the named folder holds up to the top of the repository, and no further', () => {
  put({
    '.gitignore': '*.md\n',
    'repo/.git/HEAD': '',
    'repo/.gitignore': 'secret.txt\n',
    'repo/docs/a.md': 'a',
    'repo/docs/secret.txt': 's',
  });
  expect(names('repo/docs')).toEqual(['a.md']);
});

test('a folder that is ignored is read when it is named itself', () => {
  put({ '.git/HEAD': '', '.gitignore': 'dist/\n', 'dist/a.md': 'a', 'b.md': 'b' });
  expect(names()).toEqual(['b.md']);
  expect(names('dist')).toEqual(['a.md']);
});

test('nothing to ingest says what was looked for', () => {
  put({ 'a.exe': 'a' });
  expect(() => findFiles([top])).toThrow(NoFilesError);
  expect(() => findFiles([top])).toThrow(/No readable file is in .*\.pdf/);
  expect(() => listFiles([join(top, 'none')])).toThrow(/There is nothing at/);
  expect(() => listFiles([join(top, 'a.exe')])).toThrow(/cannot be read; files may end in/);
  expect(listFiles([top])).toEqual([]);
});
