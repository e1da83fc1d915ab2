import { RagError, type Citation, type Client } from '../functions/_kernel/client/client.ts';
import type { Ingested } from './ingest.ts';

/** Bold and dim on a terminal, plain elsewhere and where `NO_COLOR` is set (no-color.org). */
export function styles(
  out: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): { bold(text: string): string; dim(text: string): string } {
  const on = out.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return { bold: (text) => (on ? `\u001b[1m${text}\u001b[22m` : text), dim: (text) => (on ? `\u001b[2m${text}\u001b[22m` : text) };
}

/** Text without control characters but tab and newline: a document must not steer the terminal that shows it (ECMA-48). */
export function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** One line, at most so many characters. */
export function oneLine(text: string, max: number): string {
  const line = harmless(text.replace(/\s+/g, ' ')).trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;

/** What ingestion came to, as a table; below it the failures with their reasons. */
export function ingestedLines({ done, unchanged, failures, chunks }: Ingested): string[] {
  const rows: [string, number, string][] = [
    ['ingested', done, done === 0 ? '' : count(chunks, 'chunk')],
    ['unchanged', unchanged, ''],
    ['failed', failures.length, ''],
  ];
  const width = Math.max(...rows.map(([, files]) => String(files).length));
  return [
    ...rows.map(([name, files, more]) =>
      `  ${name.padEnd(9)}  ${String(files).padStart(width)} ${files === 1 ? 'file ' : 'files'}  ${more}`.trimEnd(),
    ),
    ...failures.map(({ documentId, detail }) => `  ${harmless(documentId)}: ${harmless(detail)}`),
  ];
}

/**
 * Citations as `[1] file:line "quote"`; the line is counted in the stored text, and where that cannot be had (the document may have gone
 * since) the characters are named instead.
 */
export async function citationLines(client: Client, collection: string, citations: readonly Citation[]): Promise<string[]> {
  const texts = new Map<string, string | null>();
  for (const { documentId } of citations) {
    if (texts.has(documentId)) continue;
    const found = await client.collections.document(collection, documentId).catch((error: unknown) => {
      if (error instanceof RagError) return null;
      throw error;
    });
    texts.set(documentId, found?.text ?? null);
  }
  return citations.map(({ marker, documentId, start, end, quote }) => {
    const text = texts.get(documentId) ?? null;
    const place = text === null ? `, characters ${start}–${end}` : `:${text.slice(0, start).split('\n').length}`;
    return `  [${marker}] ${oneLine(documentId, 512)}${place}  “${oneLine(quote, 100)}”`;
  });
}
