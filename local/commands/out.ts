import { harmless, styles } from '../show.ts';

/** Where a command says what it found: words for a person, or with `--json` one object a line. */
export type Out = {
  json: boolean;
  /** Whether a person is looking on: then there are colours, progress and questions. */
  terminal: boolean;
  stream: NodeJS.WriteStream;
  bold(text: string): string;
  dim(text: string): string;
  /** Lines for a person; nothing with `--json`. */
  say(...lines: string[]): void;
  /** A part of a line for a person. */
  write(text: string): void;
  /** An object; nothing without `--json`. */
  tell(value: unknown): void;
  /** A remark that is no result, on standard error; with `--json` an object. */
  remark(text: string): void;
  /** What went wrong, on standard error: its words, or with `--json` the object. */
  fail(text: string, value: unknown): void;
};

/** Opens the output of a command. */
export function openOut(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
  json: boolean,
): Out {
  return {
    json,
    terminal: !json && stdout.isTTY,
    stream: stdout,
    ...styles(stdout, env),
    say: (...lines) => void (json || stdout.write(lines.map((line) => `${line}\n`).join(''))),
    write: (text) => void (json || stdout.write(text)),
    tell: (value) => void (json && stdout.write(`${JSON.stringify(value)}\n`)),
    remark: (text) => void stderr.write(`${json ? JSON.stringify({ remark: text }) : text}\n`),
    fail: (text, value) => void stderr.write(`${json ? JSON.stringify(value) : text}\n`),
  };
}

/** Rows as columns, each as wide as its widest cell; a cell is plain text, and cannot steer the terminal. */
export function columns(given: readonly (readonly string[])[]): string[] {
  const rows = given.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
