import { Unreadable } from './written.ts';

export type Token = { kind: 'key' | 'object' | 'list' | 'close' | 'scalar'; value: string };

const SPACE = /[\t\n\r ]*/y;
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/** Where a string literal ends, after its closing quote; without a pattern, which would need a stack as long as the string. */
function stringEnd(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return -1;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/**
 * The parts of a JSON text in order, as they are read: no tree is built, so a text costs no more than itself however it is nested.
 *
 * Strings come decoded, numbers and literals as they are written. @throws Unreadable saying where the text is not JSON (RFC 8259).
 */
export function* tokens(text: string): Generator<Token> {
  const open: ('{' | '[')[] = [];
  let at = 0;
  const broken = (what: string) => new Unreadable(`is not JSON: at character ${at + 1} ${what}; correct it and send it again`);
  const skip = () => {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  };
  const string = (): string => {
    const end = stringEnd(text, at);
    if (end < 0) throw broken('a string begins that never ends');
    try {
      const value = JSON.parse(text.slice(at, end)) as string;
      at = end;
      return value;
    } catch {
      throw broken('a string has a line break, a control character or an unknown escape');
    }
  };
  const close = (mark: '}' | ']'): Token => {
    at++;
    open.pop();
    return { kind: 'close', value: mark };
  };
  let opened = false; // an object or list was opened just now, so it may close at once
  for (;;) {
    skip();
    if (open.at(-1) === '{' && !(opened && text[at] === '}')) {
      if (text[at] !== '"') throw broken('a name in double quotes is missing');
      yield { kind: 'key', value: string() };
      skip();
      if (text[at] !== ':') throw broken('a colon is missing');
      at++;
      skip();
      opened = false;
    }
    const mark = text[at];
    if (opened && ((mark === '}' && open.at(-1) === '{') || (mark === ']' && open.at(-1) === '['))) yield close(mark);
    else if (mark === '{' || mark === '[') {
      at++;
      open.push(mark);
      yield { kind: mark === '{' ? 'object' : 'list', value: mark };
      opened = true;
      continue;
    } else if (mark === '"') yield { kind: 'scalar', value: string() };
    else {
      LITERAL.lastIndex = at;
      const literal = LITERAL.exec(text)?.[0];
      if (literal === undefined) throw broken('a value is missing');
      at += literal.length;
      yield { kind: 'scalar', value: literal };
    }
    opened = false;
    for (skip(); open.length > 0 && text[at] === (open.at(-1) === '{' ? '}' : ']'); skip()) yield close(text[at] as '}' | ']');
    if (open.length === 0) {
      if (at < text.length) throw broken('more follows after the end');
      return;
    }
    if (text[at] !== ',') throw broken('a comma or a closing bracket is missing');
    at++;
  }
}
