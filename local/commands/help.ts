import type { Command, Option, Program } from './command.ts';
import { columns } from './out.ts';

/** Options of every command. */
export const EVERYWHERE: Readonly<Record<string, Option>> = {
  collection: { value: 'NAME', help: 'default: default' },
  json: { help: 'one JSON object a line; errors and remarks too, on standard error. Help and completion stay text' },
  url: { value: 'URL', help: 'where the service is; else RAG_URL, GATEWAY_URL, or the emulator on this machine' },
  key: { value: 'KEY', help: 'who you are; else RAG_API_KEY or API_KEY, which nobody else on the machine can read' },
  help: { help: 'after a command: what it takes' },
};

const optionLines = (options: Readonly<Record<string, Option>>): string[] =>
  columns(Object.entries(options).map(([name, { value, help }]) => [`  --${name}${value === undefined ? '' : ` ${value}`}`, help]));

const SETTINGS = `Addresses and keys are read from the environment, then from .env: RAG_URL and RAG_API_KEY from the one in the folder you are in, and
from the project's own also GATEWAY_URL, PORT and API_KEY. An address from another folder's .env is sent the key beside it, and no other.`;
const STATUS = `exit status
  0    done
  1    the service or a file said no
  2    wrong usage
  3    no service at the address
  4    nothing was found, or the documents do not answer
  130  Ctrl-C`;

/** What `rag --help` says: each command with an example. */
export function helpOf(commands: readonly Command[], program: string): string {
  const lines = commands.flatMap(({ name, synopsis, summary, example }) => [
    `  ${`${name} ${synopsis}`.trimEnd()}`,
    `      ${summary}`,
    `      ${program} ${example}`,
  ]);
  return [
    `usage: ${program} <command> [options]`,
    '',
    ...lines,
    '',
    'options of every command',
    ...optionLines(EVERYWHERE),
    '',
    SETTINGS,
    '',
    STATUS,
  ].join('\n');
}

/** What `rag <command> --help` says. */
export function helpOfOne({ name, synopsis, summary, example, options = {}, notes }: Command, program: Program): string {
  const more = typeof notes === 'function' ? notes(program) : (notes ?? '');
  return [
    `usage: ${program.name} ${`${name} ${synopsis}`.trimEnd()} [options]`,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}. For example:`,
    `  ${program.name} ${example}`,
    ...(more === '' ? [] : ['', more]),
    '',
    'options',
    ...optionLines({ ...options, ...EVERYWHERE }),
    '',
    STATUS,
  ].join('\n');
}
