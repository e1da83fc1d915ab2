import { readFileSync, writeFileSync } from 'node:fs';
import { version } from '../../functions/status/version.ts';
import { openApiDocument } from './document.ts';

/** The document as it is committed and served. */
export const FILE = new URL('../../functions/docs/openapi.json', import.meta.url);

/** The document of the tree as it stands, as text. */
export const rendered = (): string => `${JSON.stringify(openApiDocument(version), null, 1)}\n`;

/** A sentence that says what to do when the committed document is not that of the contracts; null when it is. */
export function staleness(now = rendered()): string | null {
  // Compared as values: how the file is laid out is the formatter's.
  const plain = (text: string) => JSON.stringify(JSON.parse(text));
  const same = plain(now) === plain(readFileSync(FILE, 'utf8'));
  return same ? null : 'functions/docs/openapi.json is not what the contracts say: run npm run openapi and commit it.';
}

if (import.meta.main) {
  writeFileSync(FILE, rendered());
  console.log('functions/docs/openapi.json written');
}
