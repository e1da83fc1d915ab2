import { blocks, frontMatterEnd, headingText } from '../chunk/blocks.ts';

/** How far into a text its title is looked for. */
const TITLE_WITHIN_CHARS = 20_000;

/** What a Markdown or MDX text calls itself: `title` of its front matter, else its first heading; null where it has neither. */
export function markdownTitle(text: string): string | null {
  const front = text.slice(0, frontMatterEnd(text));
  const named = /^title:[ \t]*(?:"([^"\n\r]*)"|'([^'\n\r]*)'|([^\n\r]*))/m.exec(front);
  const title = (named?.[1] ?? named?.[2] ?? named?.[3] ?? '').trim();
  if (title !== '') return title;
  const beginning = text.slice(0, TITLE_WITHIN_CHARS);
  for (const { kind, start, end } of blocks(beginning, 'markdown')) {
    const heading = kind === 'heading' ? headingText(beginning.slice(start, end)) : '';
    if (heading !== '') return heading;
  }
  return null;
}
