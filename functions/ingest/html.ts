import { ElementType, parseDocument } from 'htmlparser2';
import { findOne, textContent } from 'domutils';

type Tree = ReturnType<typeof parseDocument>;
type Node = Tree['children'][number];

/** What a reader does not see, or what is not the page's own text. */
const UNSEEN = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'head',
  'svg',
  'iframe',
  'object',
  'nav',
  'footer',
  'form',
  'button',
  'select',
]);
const BLOCKS = new Set(
  'address article aside blockquote dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);

/** White space between two pieces of text, from none to a blank line; the greatest that was asked for wins. */
const GAPS = ['', ' ', '\n', '\n\n'] as const;
const NONE = 0;
const SPACE = 1;
const LINE = 2;
const PARAGRAPH = 3;

/** Walks without recursion and without touching what was written: hostile pages nest tags ten thousand deep. */
function readable(root: Tree): string {
  const parts: string[] = [];
  let gap = NONE;
  const apart = (wanted: number) => {
    gap = Math.max(gap, wanted);
  };
  const write = (words: string) => {
    if (words === '') return;
    if (parts.length > 0) parts.push(GAPS[gap]!);
    parts.push(words);
    gap = NONE;
  };
  type Step = { node: Node; verbatim: boolean } | 'end of block';
  const steps: Step[] = root.children.toReversed().map((node) => ({ node, verbatim: false }));
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step === 'end of block') {
      apart(PARAGRAPH);
      continue;
    }
    const { node, verbatim } = step;
    if (node.type === ElementType.Text) {
      if (/^\s/.test(node.data)) apart(SPACE);
      write(verbatim ? node.data.replace(/^\s*\n|\s+$/g, '') : node.data.trim().replace(/\s+/g, ' '));
      if (/\s$/.test(node.data)) apart(SPACE);
    } else if ('name' in node && 'children' in node && !UNSEEN.has(node.name)) {
      if (node.name === 'br') apart(LINE);
      else if (node.name === 'td' || node.name === 'th') apart(SPACE);
      else if (BLOCKS.has(node.name)) {
        apart(PARAGRAPH);
        steps.push('end of block');
      }
      const inner = verbatim || node.name === 'pre';
      for (const child of node.children.toReversed()) steps.push({ node: child, verbatim: inner });
    }
  }
  return parts.join('');
}

/** The readable text of an HTML page, a blank line between blocks, and its title; parsed as WHATWG HTML is by `htmlparser2`. */
export function htmlText(html: string): { text: string; title: string | null } {
  const root = parseDocument(html);
  const named = findOne((element) => element.name === 'title', root.children) ?? findOne((element) => element.name === 'h1', root.children);
  const title = named === null ? '' : textContent(named).replace(/\s+/g, ' ').trim();
  return { text: readable(root), title: title === '' ? null : title };
}
