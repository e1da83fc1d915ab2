import type { Citation } from '../functions/query/contract.ts';
import type { Client } from './client.ts';
import type { Ingested } from './ingest.ts';

/** Bold and dim on a terminal, plain elsewhere. */
export function styles(out: NodeJS.WriteStream): { bold(text: string): string; dim(text: string): string } {
  const on = out.isTTY && process.env.NO_COLOR === undefined;
  return { bold: (text) => (on ? `\u001b[1m${text}\u001b[22m` : text), dim: (text) => (on ? `\u001b[2m${text}\u001b[22m` : text) };
}

/** One line, at most so many characters. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
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
    ...failures.map(({ documentId, detail }) => `  ${documentId}: ${detail}`),
  ];
}

/** Citations as `[1] file:line "quote"`; the line is counted in the stored text. */
export async function citationLines(client: Client, collection: string, citations: readonly Citation[]): Promise<string[]> {
  const texts = new Map<string, string>();
  for (const { documentId } of citations) {
    if (!texts.has(documentId)) texts.set(documentId, (await client.document(collection, documentId)).text);
  }
  return citations.map(({ marker, documentId, start, quote }) => {
    const line = texts.get(documentId)!.slice(0, start).split('\n').length;
    return `  [${marker}] ${documentId}:${line}  “${oneLine(quote, 100)}”`;
  });
}
