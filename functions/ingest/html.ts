import { Parser } from 'htmlparser2';

/** What a reader does not see, or what is not the page's own text. */
const UNSEEN = new Set(['script', 'style', 'template', 'noscript', 'svg', 'iframe', 'object', 'nav', 'footer', 'form', 'button', 'select']);
const BLOCKS = new Set(
  'address article aside blockquote body dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);

/** White space between two pieces of text, from none to a blank line; the greatest that was asked for wins. */
const GAPS = ['', ' ', '\n', '\n\n'] as const;
type Gap = 0 | 1 | 2 | 3;

/** Joins pieces of text with the gaps between them, without touching what was written. */
function writer() {
  const parts: string[] = [];
  let gap: Gap = 0;
  return {
    apart(wanted: Gap): void {
      if (wanted > gap) gap = wanted;
    },
    write(words: string): void {
      if (words === '') return;
      if (parts.length > 0) parts.push(GAPS[gap]);
      parts.push(words);
      gap = 0;
    },
    text: () => parts.join(''),
  };
}

const words = (text: string): string => text.trim().replace(/\s+/g, ' ');

/**
 * The readable text of an HTML page, a blank line between blocks, and its title (`<title>`, else the first `<h1>`).
 *
 * Parsed as WHATWG HTML by `htmlparser2`, as a stream of events: depth of nesting costs no stack.
 */
export function htmlText(html: string): { text: string; title: string | null } {
  const body = writer();
  let unseen = 0;
  let verbatim = 0;
  const titles = { title: '', h1: '' };
  let naming: keyof typeof titles | null = null;
  const depth = (name: string, by: 1 | -1) => {
    if (UNSEEN.has(name)) unseen += by;
    if (name === 'pre') verbatim += by;
  };
  const parser = new Parser({
    onopentagname(name) {
      depth(name, 1);
      if ((name === 'title' || name === 'h1') && titles[name] === '' && unseen === 0) naming = name;
      if (name === 'br') body.apart(2);
      else if (name === 'td' || name === 'th') body.apart(1);
      else if (BLOCKS.has(name)) body.apart(3);
    },
    ontext(data) {
      if (unseen > 0) return;
      if (naming !== null) titles[naming] += data;
      if (naming === 'title') return;
      if (/^\s/.test(data)) body.apart(1);
      body.write(verbatim > 0 ? data.replace(/^\s*\n|\s+$/g, '') : words(data));
      if (/\s$/.test(data)) body.apart(1);
    },
    onclosetag(name) {
      depth(name, -1);
      if (name === naming) naming = null;
      if (BLOCKS.has(name)) body.apart(3);
    },
  });
  parser.end(html);
  const title = words(titles.title) || words(titles.h1);
  return { text: body.text(), title: title === '' ? null : title };
}
