import type { XmlEvents } from './docx.ts';
import { oneLine, refuseTooMuch, type Gap, type Writer } from './written.ts';

/** What Word keeps beside its text: deletions and field codes are no text, a fallback repeats what stands before it. */
const UNSEEN = new Set(['w:del', 'w:moveFrom', 'mc:Fallback', 'w:instrText', 'w:delText']);

type Paragraph = { parts: string[]; level: number | null; listed: boolean };

/**
 * Writes WordprocessingML as Markdown: `#` before headings, `-` before list items, ` | ` between a table's cells.
 *
 * @param levels heading level of each style id, 0 for the title's. @param onTitle called with each paragraph in the title's style.
 */
export function wordText(out: Writer, levels: ReadonlyMap<string, number>, onTitle: (title: string) => void): XmlEvents {
  let unseen = 0;
  let inText = false;
  let characters = 0;
  let tag = '';
  let rows = 0;
  let cells: string[][] = [];
  const paragraphs: Paragraph[] = [];

  const write = (line: string, gap: Gap) => {
    out.apart(gap);
    out.write(line);
    out.apart(gap);
  };
  const ended = ({ parts, level, listed }: Paragraph) => {
    const text = parts.join('').trim();
    if (text === '') return;
    if (rows > 0) return void cells.at(-1)?.push(oneLine(text));
    if (level === 0) onTitle(oneLine(text));
    if (level !== null) write(`${'#'.repeat(Math.max(1, level))} ${oneLine(text)}`, 3);
    else write(listed ? `- ${text}` : text, listed ? 2 : 3);
  };
  return {
    open(name) {
      tag = name;
      if (UNSEEN.has(name)) unseen++;
      const last = paragraphs.at(-1);
      if (name === 'w:p') paragraphs.push({ parts: [], level: null, listed: false });
      else if (name === 'w:t') inText = true;
      else if (name === 'w:tbl' && rows === 0) out.apart(3);
      else if (name === 'w:tr') {
        if (rows++ === 0) cells = [];
      } else if (name === 'w:tc') cells.push([]);
      else if (name === 'w:numPr' && last !== undefined) last.listed = true;
      else if (unseen > 0 || last === undefined) return;
      // A page's tab stop in a paragraph's properties bears the same name, without a run around it; a tab more does no harm.
      else if (name === 'w:tab') last.parts.push('\t');
      else if (name === 'w:br' || name === 'w:cr') last.parts.push('\n');
      else if (name === 'w:noBreakHyphen') last.parts.push('-');
    },
    attribute(name, value) {
      const last = paragraphs.at(-1);
      if (name !== 'w:val' || last === undefined) return;
      if (tag === 'w:pStyle') last.level = levels.get(value) ?? null;
      if (tag === 'w:outlineLvl' && Number(value) < 6) last.level = Number(value) + 1;
    },
    text(data) {
      if (!inText || unseen > 0) return;
      refuseTooMuch((characters += data.length)); // a paragraph is kept until it ends
      paragraphs.at(-1)?.parts.push(data);
    },
    close(name) {
      tag = '';
      if (UNSEEN.has(name)) unseen--;
      if (name === 'w:t') inText = false;
      else if (name === 'w:p') {
        const done = paragraphs.pop();
        if (done !== undefined) ended(done);
      } else if (name === 'w:tr' && --rows === 0) {
        const line = cells.map((texts) => texts.join(' ')).join(' | ');
        if (cells.some((texts) => texts.length > 0)) write(line, 2);
      } else if (name === 'w:tbl' && rows === 0) out.apart(3);
    },
  };
}
