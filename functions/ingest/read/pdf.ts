import { PDF_PAGES_MAX } from '../../_kernel/limits.ts';
import { refusePdfBomb } from './pdf-bomb.ts';
import { oneLine, Unreadable, writer, type Readable } from './written.ts';

type Item = { str: string; hasEOL: boolean; transform: number[]; height: number };

/** A page's text: lines as they are set, a blank line where the gap between two is wider than a line. */
function pageText(items: readonly (Item | { type: string })[]): string {
  const parts: string[] = [];
  let before: { y: number; height: number } | null = null;
  for (const item of items) {
    if (!('str' in item)) continue;
    const y = item.transform[5] ?? 0;
    const height: number = item.height || (before?.height ?? 0);
    if (before !== null && item.str !== '' && before.y - y > 1.75 * Math.max(height, before.height) && height > 0) parts.push('\n');
    parts.push(item.str);
    if (item.hasEOL) parts.push('\n');
    if (item.str.trim() !== '') before = { y, height };
  }
  return parts
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function whyNot(error: unknown): Unreadable {
  if (error instanceof Unreadable) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'PasswordException') return new Unreadable('is encrypted; remove its password and send it again');
  return new Unreadable('is a broken PDF; open it in a viewer and print or save it as a new PDF');
}

/**
 * Reads a PDF (ISO 32000) page by page; a line with a form feed stands between two pages, so the n-th page follows the n-1-th of them.
 *
 * The reader is loaded when the first PDF comes. @throws Unreadable for one that is encrypted, broken, scanned (pictures without text),
 * longer than 5,000 pages, or that unpacks to too much.
 */
export async function readPdf(bytes: Uint8Array): Promise<Readable> {
  refusePdfBomb(bytes);
  const { getDocumentProxy } = await import('unpdf');
  const out = writer();
  let title: unknown;
  let found = false;
  try {
    // The reader takes the bytes it is given for its own; a copy keeps the caller's.
    const pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    try {
      if (pdf.numPages > PDF_PAGES_MAX) throw new Unreadable(`has ${pdf.numPages} pages; split it into files of at most ${PDF_PAGES_MAX}`);
      const { info } = await pdf.getMetadata();
      title = 'Title' in info ? info.Title : null;
      for (let number = 1; number <= pdf.numPages; number++) {
        const page = await pdf.getPage(number);
        const text = pageText((await page.getTextContent()).items);
        page.cleanup();
        if (number > 1) out.write('\n\f\n');
        out.write(text);
        found ||= text !== '';
      }
    } finally {
      // What it says of its own end is no news about the file.
      await pdf.loadingTask.destroy().catch(() => {});
    }
  } catch (error) {
    throw whyNot(error);
  }
  if (!found) throw new Unreadable('has no text: its pages are pictures, as scans are; run text recognition (OCR) on it first');
  return { text: out.text(), title: typeof title === 'string' ? oneLine(title) || null : null };
}
