/** Text that is markup already; everything else is escaped where it is put in. */
export type Html = { readonly html: string };
type Part = Html | string | number | null | false | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function textOf(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return String(part).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
  return 'html' in part ? part.html : part.map(textOf).join('');
}

/** Markup with values put in: escaped, unless they are markup themselves; nothing for null, undefined and false. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.reduce((text, string, i) => text + textOf(parts[i - 1]) + string) };
}

/** The little Markdown that descriptions use: paragraphs, and `code`. */
export function prose(text: string): Html[] {
  return text.split('\n\n').map((paragraph) => markup`<p>${inline(paragraph)}</p>`);
}

/** A line with `code` in it. */
export function inline(text: string): Html[] {
  return text.split('`').map((piece, i) => (i % 2 === 1 ? markup`<code>${piece}</code>` : markup`${piece}`));
}
