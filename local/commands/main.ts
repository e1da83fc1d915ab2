import { parseArgs } from 'node:util';
import { createClient, type Client } from '../../functions/_kernel/client/client.ts';
import { COMMANDS } from './all.ts';
import { EXIT, UsageError, type Call, type Command, type Option, type Program, type Surroundings } from './command.ts';
import { connectionOf } from './connection.ts';
import { EVERYWHERE, helpOf, helpOfOne } from './help.ts';
import { openOut } from './out.ts';
import { trouble } from './trouble.ts';

const ALL: Readonly<Record<string, Option>> = Object.assign({}, EVERYWHERE, ...COMMANDS.map(({ options }) => options ?? {}));

type Written = { positionals: string[]; flags: Set<string>; values: Map<string, string> };

function read(argv: readonly string[]): Written {
  const options = Object.fromEntries(
    Object.entries(ALL).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(name === 'help' && { short: 'h' }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
    const entries = Object.entries(values);
    return {
      positionals,
      flags: new Set(entries.flatMap(([name, value]) => (value === true ? [name] : []))),
      values: new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function commandOf({ positionals, flags, values }: Written): Command {
  const [name] = positionals;
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new UsageError(name === undefined ? 'A command is missing.' : `There is no command ${name}.`);
  const foreign = [...flags, ...values.keys()].find((one) => !(one in EVERYWHERE) && !(one in (command.options ?? {})));
  if (foreign !== undefined) throw new UsageError(`${command.name} has no --${foreign}.`);
  return command;
}

function connected({ fetch }: Surroundings, url: string, apiKey: string | undefined): Client {
  try {
    return createClient({ url, fetch, ...(apiKey !== undefined && { apiKey }) });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Runs a command of `rag`. @returns its exit status; whatever goes wrong has been said. */
export async function main(argv: readonly string[], at: Surroundings): Promise<number> {
  const isScript = at.env['npm_lifecycle_event'] === 'rag';
  // Without --silent npm writes two lines of its own before the first, into whatever file or program reads them.
  const program: Program = { name: isScript ? 'npm run --silent rag --' : 'rag', isScript, home: at.home, script: at.script };
  const out = openOut(at.stdout, at.stderr, at.env, argv.includes('--json'));
  let url = '';
  try {
    const written = read(argv);
    const { positionals, flags, values } = written;
    if (flags.has('help') && positionals.length === 0) {
      at.stdout.write(`${helpOf(COMMANDS, program.name)}\n`);
      return EXIT.done;
    }
    const command = commandOf(written);
    if (flags.has('help')) {
      at.stdout.write(`${helpOfOne(command, program)}\n`);
      return EXIT.done;
    }
    const call: Call = {
      words: positionals.slice(1),
      flags,
      values,
      collection: values.get('collection') ?? 'default',
      program,
      // What speaks to nobody needs no address.
      get client(): Client {
        const connection = connectionOf(at, { url: values.get('url'), key: values.get('key') });
        ({ url } = connection);
        return connected(at, url, connection.apiKey);
      },
      out,
      at,
    };
    const interrupted = new Promise<number>((resolve) => at.signal.addEventListener('abort', () => resolve(EXIT.interrupted)));
    return await Promise.race([command.run(call), interrupted]);
  } catch (error) {
    const { status, text, value } = trouble(error, url, program.name);
    out.fail(text, value);
    return status;
  }
}
