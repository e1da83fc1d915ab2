import { MigrationError, openAsk, type Ask } from './ask.ts';
import { BEGINNING, copyPoints, type Mark } from './copy.ts';
import { copyMetadata, create, define, isThere, stateOf, suggestedLayout, type Definition, type Layout } from './definition.ts';
import type { Marks } from './marks.ts';
import { refuseSame, refuseSameCluster } from './same.ts';
import { verify } from './verify.ts';

export type Place = { url: string; apiKey: string | null };
export type Options = {
  from: Place;
  to: Place;
  /** Names or aliases in the source; empty means all. */
  collections: readonly string[];
  /** What is not given is what the target's nodes suggest. */
  layout: Layout;
  /** Points a second at most. */
  rate: number;
  dryRun: boolean;
  marks: Marks;
  say(line: string): void;
  progress(collection: string, mark: Mark, of: number): void;
  clock?(): number;
  sleep?(ms: number): Promise<void>;
};

type Alias = { alias_name: string; collection_name: string };

async function chosen(source: Ask, aliases: readonly Alias[], wanted: readonly string[]): Promise<string[]> {
  const { collections } = await source((api, init) => api.getCollections({}, init));
  const names = collections.map(({ name }) => name).toSorted();
  if (wanted.length === 0) return names;
  const found = wanted.map((one) => aliases.find(({ alias_name }) => alias_name === one)?.collection_name ?? one);
  const unknown = found.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new MigrationError(`The source has no collection or alias ${unknown}; it has ${names.join(', ')}.`);
  return [...new Set(found)];
}

const aliasesOf = async (ask: Ask): Promise<Alias[]> => (await ask((api, init) => api.getCollectionsAliases({}, init))).aliases;

/** An alias of that name which leads elsewhere in the target is in use there: nothing is begun. */
function refuseTaken(wanted: readonly Alias[], taken: readonly Alias[]): void {
  for (const { alias_name, collection_name } of wanted) {
    const there = taken.find((one) => one.alias_name === alias_name);
    if (there !== undefined && there.collection_name !== collection_name)
      throw new MigrationError(
        `The target's alias ${alias_name} leads to ${there.collection_name} already: delete it there, then run again.`,
      );
  }
}

const lay = (given: Layout, suggested: Layout): Layout => ({
  shards: given.shards ?? suggested.shards,
  replication: given.replication ?? suggested.replication,
  writeConsistency: given.writeConsistency ?? suggested.writeConsistency,
});

const shown = ({ shards, replication, writeConsistency }: Layout): string =>
  `${shards ?? 'default'} shards, ${replication ?? 1} copies, ${writeConsistency ?? 1} acknowledge a write`;

/** Where to begin: at the mark of a run that was cut off, or anew when the source is not what that run began with. */
async function beginning(target: Ask, definition: Definition, layout: Layout, { marks, say }: Options): Promise<Mark> {
  const { name, points } = definition;
  const source = stateOf(definition);
  const fresh = { ...BEGINNING, source, made: true };
  if (!(await isThere(target, definition, layout))) return fresh;
  const mark = marks.read(name);
  if (mark.source === source) {
    if (mark.copied > 0) say(`${name}: going on after ${mark.copied} of ${points} points`);
    return mark;
  }
  if (!mark.made) return { ...fresh, made: false };
  say(`${name}: the source or the copy has changed since the last run; the copy is made anew`);
  await target((api, init) => api.deleteCollection({ collection_name: name }, init));
  return fresh;
}

async function move(source: Ask, target: Ask, definition: Definition, layout: Layout, options: Options): Promise<void> {
  const { marks, say, progress, rate, clock = Date.now } = options;
  const { name, points } = definition;
  const sleep = options.sleep ?? sleepMs;
  const from = await beginning(target, definition, layout, options);
  await create(target, definition, layout);
  marks.keep(name, from);
  const keep = (mark: Mark): void => {
    marks.keep(name, mark);
    progress(name, mark, points);
  };
  await copyPoints({ source, target, name, from, rate, keep, clock, sleep });
  await copyMetadata(target, definition);
  try {
    const verified = await verify(source, target, definition);
    say(`${name}: ${verified.points} points, ${verified.sampled} compared with their vectors, ${verified.searches} searches alike`);
  } catch (error) {
    // The next run begins again: with a new collection, if this one was made here.
    if (error instanceof MigrationError) marks.keep(name, { ...BEGINNING, made: from.made });
    throw error;
  }
}

const sleepMs = (ms: number): Promise<void> => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/**
 * Moves collections from one Qdrant to another, a single node to a cluster for one: creates them with the same vectors, quantization,
 * metadata and payload indexes, copies, verifies, and only then makes the aliases in the target.
 *
 * The source is only read. A run that was cut off goes on from its last page. @throws MigrationError in a sentence that says what to do.
 */
export async function migrate(options: Options): Promise<void> {
  const { from, to, say, dryRun, marks } = options;
  await refuseSame(from.url, to.url);
  const sleep = options.sleep ?? sleepMs;
  const [source, target] = [openAsk({ ...from, sleep }), openAsk({ ...to, sleep })];
  await refuseSameCluster(source, target);
  const all = await aliasesOf(source);
  const names = await chosen(source, all, options.collections);
  const aliases = all.filter(({ collection_name }) => names.includes(collection_name));
  refuseTaken(aliases, await aliasesOf(target));
  const layout = lay(options.layout, await suggestedLayout(target));
  const definitions: Definition[] = [];
  for (const name of names) definitions.push(await define(source, name));
  for (const one of definitions) {
    const state = (await isThere(target, one, layout)) ? 'is there already' : `will be created: ${shown(layout)}`;
    say(`${one.name}: ${one.points} points, ${one.indexes.length} payload indexes; ${state}`);
  }
  if (dryRun) return say(`Nothing was changed. Aliases to be made: ${aliases.map(({ alias_name }) => alias_name).join(', ') || 'none'}.`);
  for (const one of definitions) await move(source, target, one, layout, options);
  const actions = aliases.map((create_alias) => ({ create_alias }));
  if (actions.length > 0) await target((api, init) => api.updateAliases({ actions }, init));
  for (const name of names) marks.forget(name);
  say(`All ${names.length} collections are verified; ${aliases.length} aliases made in the target. Now set QDRANT_URL to it.`);
}
