import { createInterface } from 'node:readline/promises';
import { oneLine } from '../show.ts';
import { EXIT, UsageError, type Call, type Command } from './command.ts';
import { followed } from './jobs.ts';
import { columns } from './out.ts';

async function list({ client, out }: Call): Promise<number> {
  const { collections: found } = await client.collections.list();
  for (const one of found) out.tell(one);
  const rows = found.map(({ name, documents, chunks, state, description }) => [
    name,
    `${documents} documents`,
    `${chunks} chunks`,
    state,
    oneLine(description ?? '', 60),
  ]);
  out.say(...(rows.length === 0 ? ['There is no collection yet; ingesting makes one.'] : columns(rows)));
  return found.length === 0 ? EXIT.nothing : EXIT.done;
}

async function show({ client, out }: Call, name: string): Promise<number> {
  const found = await client.collections.get(name);
  out.tell(found);
  const { fingerprint, statistics, description, documents, chunks, state, createdAt } = found;
  const rows = Object.entries({ documents, chunks, state, created: createdAt, language: statistics.language, ...fingerprint })
    .map(([key, value]) => [`  ${key}`, JSON.stringify(value)])
    .map(([key, value]) => [key!, value!.replace(/^"(.*)"$/, '$1')]);
  out.say(`${out.bold(found.name)} ${oneLine(description ?? '', 200)}`.trimEnd(), ...columns(rows));
  return EXIT.done;
}

async function drop({ client, out, at, flags }: Call, name: string): Promise<number> {
  if (!flags.has('yes')) {
    if (!out.terminal || !at.stdin.isTTY) throw new UsageError('Nobody can be asked here; say --yes to delete the collection.');
    const { documents } = await client.collections.get(name);
    const terminal = createInterface({ input: at.stdin, output: at.stdout });
    // On a terminal the keys come here: Ctrl-C is no signal of the process.
    const left = new Promise<null>((resolve) => terminal.once('SIGINT', () => resolve(null)));
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const question = terminal.question(`Delete ${name} with its ${documents} documents? [y/N] `).catch(() => '');
    const said = await Promise.race([question, left, ended]);
    terminal.close();
    if (said === null) return EXIT.interrupted;
    if (!/^y(?:es)?$/i.test(said.trim())) {
      out.say('Nothing was deleted.');
      return EXIT.failed;
    }
  }
  await client.collections.delete(name);
  out.tell({ deleted: name });
  out.say(`Deleted ${name}.`);
  return EXIT.done;
}

export const collections: Command = {
  name: 'collections',
  synopsis: '[list | create <name> | show <name> | delete <name> | reindex <name>]',
  summary: 'lists, makes, shows, deletes and rebuilds collections',
  example: 'collections reindex default',
  verbs: ['list', 'create', 'show', 'delete', 'reindex'],
  options: {
    description: { value: 'TEXT', help: 'create: what the collection is for' },
    model: { value: 'NAME', help: 'create: an embedding model other than the configured one' },
    yes: { help: 'delete: do not ask' },
    rollback: { help: 'reindex: go back to the index before' },
  },
  async run(call) {
    const { client, out, flags, values } = call;
    const [verb = 'list', name, ...more] = call.words;
    if (verb === 'list' && name === undefined) return list(call);
    if (name === undefined || more.length > 0) throw new UsageError(`Say collections, or collections ${verb} <name>.`);
    switch (verb) {
      case 'show':
        return show(call, name);
      case 'delete':
        return drop(call, name);
      case 'create': {
        const made = await client.collections.create({ name, description: values.get('description'), embeddingModel: values.get('model') });
        out.tell(made);
        out.say(`Made ${made.name}.`);
        return EXIT.done;
      }
      case 'reindex':
        return followed(call, await client.collections.reindex(name, { rollback: flags.has('rollback') }));
      default:
        throw new UsageError(`collections knows list, create, show, delete and reindex, not ${verb}.`);
    }
  },
};
