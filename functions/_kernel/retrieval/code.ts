const FENCE = /^[ \t]*(`{3,}|~{3,})/;
/** A line that ends as statements and blocks do in most languages with identifiers of humps. */
const STATEMENT = /[;{}][ \t\r]*$/;
const BLANK = /^[ \t\r]*$/;

/**
 * Where a text is code: between fences (CommonMark, section 4.5), or a run of lines without a blank one of which any ends in `;`, `{`
 * or `}`. In order, as offsets; the end is exclusive.
 */
export function codeIn(text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let fence: { mark: string; start: number } | null = null;
  let run: { start: number; code: boolean } | null = null;
  let at = 0;
  for (const line of text.split('\n')) {
    const mark = FENCE.exec(line)?.[1] ?? null;
    const end = at + line.length;
    if (fence !== null) {
      if (mark?.startsWith(fence.mark) === true) {
        found.push({ start: fence.start, end });
        fence = null;
      }
    } else if (mark !== null || BLANK.test(line)) {
      if (run?.code === true) found.push({ start: run.start, end: at });
      run = null;
      if (mark !== null) fence = { mark, start: at };
    } else {
      run ??= { start: at, code: false };
      run.code ||= STATEMENT.test(line);
    }
    at = end + 1;
  }
  const open = fence ?? (run?.code === true ? run : null);
  if (open !== null) found.push({ start: open.start, end: text.length });
  return found;
}
