import { harmless } from '../show.ts';
import { EXIT, UsageError, type Call, type Command } from './command.ts';
import { columns } from './out.ts';

async function list({ client, collection, out }: Call): Promise<number> {
  let cursor: string | null = null;
  let found = 0;
  do {
    const page: Awaited<ReturnType<typeof client.collections.documents>> = await client.collections.documents(collection, {
      limit: 100,
      ...(cursor !== null && { cursor }),
    });
    for (const document of page.documents) out.tell(document);
    const rows = page.documents.map(({ id, chunks, characters, updatedAt }) => [
      id,
      `${chunks} chunks`,
      `${characters} characters`,
      updatedAt.slice(0, 10),
    ]);
    out.say(...columns(rows));
    found += page.documents.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  if (found === 0) out.say(`The collection ${collection} has no documents.`);
  return found === 0 ? EXIT.nothing : EXIT.done;
}

async function show({ client, collection, out }: Call, id: string): Promise<number> {
  const document = await client.collections.document(collection, id);
  out.tell(document);
  out.say(harmless(document.text).trimEnd());
  return EXIT.done;
}

async function drop({ client, collection, out }: Call, ids: readonly string[]): Promise<number> {
  for (const id of ids) {
    const { chunksDeleted } = await client.collections.deleteDocument(collection, id);
    out.tell({ deleted: id, chunksDeleted });
    out.say(`Deleted ${harmless(id)}: ${chunksDeleted} chunks.`);
  }
  return EXIT.done;
}

export const documents: Command = {
  name: 'documents',
  synopsis: '[list | show <id> | delete <id…>]',
  summary: 'lists what a collection holds, shows a text, deletes',
  example: 'documents show breaker.md',
  verbs: ['list', 'show', 'delete'],
  async run(call) {
    const [verb = 'list', ...ids] = call.words;
    if (verb === 'list' && ids.length === 0) return list(call);
    if (verb === 'show' && ids.length === 1) return show(call, ids[0]!);
    if (verb === 'delete' && ids.length > 0) return drop(call, ids);
    throw new UsageError('Say documents, documents show <id> or documents delete <id…>; documents lists the ids.');
  },
};
