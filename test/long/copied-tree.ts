import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Copies parts of the tree into a new folder, where commands can be run without touching the tree itself; returns the folder. */
export function copyTree(label: string, names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), `${label}-`));
  for (const name of names) cpSync(join(ROOT, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  // Linked one by one, so that the bundles in node_modules/.cache are the copy's own; it begins with those of the tree, if they are there.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name === '.cache') cpSync(join(ROOT, 'node_modules/.cache'), join(folder, 'node_modules/.cache'), { recursive: true });
    else symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}
