import type { Client } from '../../functions/_kernel/client/client.ts';
import type { Out } from './out.ts';

/**
 * What a program's surroundings are: the process, or what a test has in its place. `home` is the folder of the project or package,
 * `script` the file that was started.
 */
export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  script: string;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  fetch: typeof fetch;
  /** Aborts when the user wants an end (Ctrl-C). */
  signal: AbortSignal;
};

/** An option: a flag, or with what its value is called; `known` are the only values there are. */
export type Option = { value?: string; known?: readonly string[]; help: string };
/** How the program is called here, and where it and Node are. */
export type Program = { name: string; isScript: boolean; home: string; script: string };

/** One call of a command: what was written, and what there is to do it with. */
export type Call = {
  words: readonly string[];
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, string>;
  collection: string;
  /** How the program is called here, for remedies and examples. */
  program: Program;
  client: Client;
  out: Out;
  at: Surroundings;
};

/** A command of `rag`. `run` resolves with the exit status. */
export type Command = {
  name: string;
  /** What follows the name. */
  synopsis: string;
  summary: string;
  /** What follows the program's name. */
  example: string;
  /** What may follow the name at once; completion offers it. */
  verbs?: readonly string[];
  options?: Readonly<Record<string, Option>>;
  notes?: string | ((program: Program) => string);
  run(call: Call): Promise<number>;
};

/** What `rag` says with its exit status; `interrupted` is how a shell tells SIGINT (128 + 2). */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, nothing: 4, interrupted: 130 } as const;

/** The command was called in a way that it does not know; the message says what is wrong and what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A number given as an option's value. @throws UsageError when it is none between the bounds. */
export function numberBetween(call: Call, option: string, low: number, high: number, kind = 'number'): number | undefined {
  const given = call.values.get(option);
  if (given === undefined) return undefined;
  const value = given.trim() === '' ? NaN : Number(given);
  if (!(value >= low && value <= high)) throw new UsageError(`--${option} must be a ${kind} from ${low} to ${high}.`);
  return value;
}

/** A whole number given as an option's value. @throws UsageError when it is none between the bounds. */
export function wholeNumber(call: Call, option: string, low: number, high: number): number | undefined {
  const value = numberBetween(call, option, low, high, 'whole number');
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError(`--${option} must be a whole number from ${low} to ${high}.`);
}

/** One of a few words given as an option's value. @throws UsageError naming them. */
export function oneOf<T extends string>(call: Call, option: string, known: readonly T[]): T | undefined {
  const given = call.values.get(option);
  if (given === undefined) return undefined;
  const found = known.find((one) => one === given);
  if (found === undefined) throw new UsageError(`--${option} must be one of ${known.join(', ')}.`);
  return found;
}
