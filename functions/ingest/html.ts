import { Parser } from 'htmlparser2';
import { NESTING_MAX } from '../_kernel/limits.ts';
import { oneLine, Unreadable, writer, type Gap, type Readable } from './read/written.ts';

/** What a reader does not see, or what is not the page's own text. */
const UNSEEN = new Set(['script', 'style', 'template', 'noscript', 'svg', 'iframe', 'object', 'nav', 'footer', 'form', 'button', 'select']);
const BLOCKS = new Set(
  'address article aside blockquote body dd div dl dt fieldset figcaption figure header hr main ol p section table tbody tfoot thead ul'.split(
    ' ',
  ),
);
const HEADING = /^h[1-6]$/;

const SLICE_CHARS = 65_536;
/** The parser looks for the partner of a stray end tag in all that is open; past this many looks it is an attack. */
const LOOKS_MAX = 2_000_000_000;

/** A fence that no line of the code can close. */
const fenceOf = (code: string): string => '`'.repeat(Math.max(3, ...code.matchAll(/`{3,}/g).map(([run]) => run.length + 1)));

/**
 * The readable text of an HTML page as Markdown would mark its structure: `#` before headings, fences around `<pre>`, `-` before list
 * items, ` | ` between a table's cells, a blank line between blocks; the title is `<title>`, else the first `<h1>`.
 *
 * Parsed as WHATWG HTML by `htmlparser2`, as a stream of events. @throws Unreadable past 10,000 elements inside each other.
 */
export function htmlText(html: string): Readable {
  const out = writer();
  const titles = { title: '', h1: '' };
  let naming: keyof typeof titles | null = null;
  let unseen = 0;
  let depth = 0;
  let code: string[] | null = null;
  let preDepth = 0;
  let mark = ''; // stands before the next words
  let heading = false;
  let cells = 0;

  const apart = (gap: Gap) => out.apart(heading && mark === '' && gap > 1 ? 1 : gap);
  const write = (words: string) => {
    if (words === '') return;
    out.write(mark + words);
    mark = '';
  };
  const openCell = () => {
    if (cells++ === 0) return;
    apart(1);
    write('|');
    apart(1);
  };
  const closePre = () => {
    const text = (code ?? []).join('').replace(/^[ \t]*\r?\n|\s+$/g, '');
    code = null;
    if (text.trim() === '') return;
    const fence = fenceOf(text);
    out.apart(3);
    out.write(`${fence}\n${text}\n${fence}`);
    out.apart(3);
  };
  const parser = new Parser({
    onopentagname(name) {
      if (++depth > NESTING_MAX) throw new Unreadable(`is nested more than ${NESTING_MAX} elements deep; flatten it, or send its text`);
      if (UNSEEN.has(name)) unseen++;
      if (name === 'pre' && preDepth++ === 0) code = [];
      if ((name === 'title' || name === 'h1') && titles[name] === '' && unseen === 0) naming = name;
      if (unseen > 0) return;
      if (HEADING.test(name)) {
        heading = false;
        apart(3);
        heading = true;
        mark = `${'#'.repeat(Number(name[1]))} `;
      } else if (name === 'br') {
        apart(2);
        code?.push('\n');
      } else if (name === 'li') {
        apart(2);
        mark = '- ';
      } else if (name === 'tr') {
        apart(2);
        cells = 0;
      } else if (name === 'td' || name === 'th') openCell();
      else if (BLOCKS.has(name) && mark === '') apart(3);
    },
    ontext(data) {
      if (unseen > 0) return;
      if (naming !== null && titles[naming].length < SLICE_CHARS) titles[naming] += data;
      if (naming === 'title') return;
      if (code !== null) return void code.push(data);
      if (/^\s/.test(data)) apart(1);
      write(oneLine(data));
      if (/\s$/.test(data)) apart(1);
    },
    onclosetag(name) {
      depth--;
      if (UNSEEN.has(name)) unseen--;
      if (name === naming) naming = null;
      if (name === 'pre' && --preDepth === 0) closePre();
      if (HEADING.test(name)) {
        heading = false;
        mark = '';
        apart(3);
      } else if (name === 'li' || name === 'tr') {
        mark = '';
        apart(2);
      } else if (BLOCKS.has(name) && mark === '') apart(3);
    },
  });
  let looks = 0;
  for (let at = 0; at < html.length; at += SLICE_CHARS) {
    const slice = html.slice(at, at + SLICE_CHARS);
    looks += depth * (slice.split('</').length - 1);
    if (looks > LOOKS_MAX) throw new Unreadable('has too many end tags without a beginning; have a browser save it anew, or send its text');
    parser.write(slice);
  }
  parser.end();
  return { text: out.text(), title: oneLine(titles.title) || oneLine(titles.h1) || null };
}
