import { useEffect, useState } from 'hono/jsx/dom';
import { Alert, Confirm } from '../parts.tsx';
import type { Roles } from '../session.ts';
import { collections, openDocument } from '../shared.ts';
import type { Client, DocumentSummary } from '../types.ts';
import { useStore } from '../use.tsx';
import { count, sayError, when } from '../words.ts';
import { replaced } from './replace.ts';
import { changes, upload } from './tasks.ts';

/** The documents of a collection, a page at a time. */
export function DocumentList({ client, collection, roles }: { client: Client; collection: string; roles: Roles }) {
  const version = useStore(changes);
  const isThere = useStore(collections)?.some(({ name }) => name === collection) ?? null;
  const [found, setFound] = useState<DocumentSummary[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const page = async (cursor: string | null, before: DocumentSummary[]): Promise<void> => {
    try {
      const { documents, nextCursor } = await client.collections.documents(collection, { limit: 50, ...(cursor !== null && { cursor }) });
      setFound([...before, ...documents]);
      setNext(nextCursor);
      setProblem(null);
    } catch (error) {
      setFound(before);
      setProblem(sayError(error));
    }
  };
  useEffect(() => {
    if (isThere === true) void page(null, []);
    else setFound(isThere === false ? [] : null);
  }, [collection, version, isThere]);
  const remove = async (id: string): Promise<void> => {
    setDoomed(null);
    try {
      await client.collections.deleteDocument(collection, id);
      changes.set((n) => n + 1);
    } catch (error) {
      setProblem(sayError(error));
    }
  };
  return (
    <section aria-labelledby="documents-title">
      <h2 id="documents-title">Documents in {collection}</h2>
      <Alert text={problem} />
      {found?.length === 0 && problem === null ? <p class="hint">None yet.</p> : null}
      {found === null || found.length === 0 ? null : (
        <ul class="documents">
          {found.map((one) => (
            <Row key={one.id} document={one} {...{ client, collection, roles }} remove={() => setDoomed(one.id)} />
          ))}
        </ul>
      )}
      {next === null ? null : (
        <button type="button" onClick={() => void page(next, found ?? [])}>
          More
        </button>
      )}
      {doomed === null ? null : (
        <Confirm
          question={`Delete ${doomed}?`}
          detail="The document and every passage of it go; answers will not cite it any more."
          verb="Delete"
          onYes={() => void remove(doomed)}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}

type RowProps = { document: DocumentSummary; client: Client; collection: string; roles: Roles; remove: () => void };
function Row({ document: { id, title, chunks, characters, updatedAt }, client, collection, roles, remove }: RowProps) {
  const replace = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (file !== undefined) await upload(client, collection, [replaced(id, file)]);
  };
  return (
    <li>
      <div class="what">
        <button type="button" class="link" onClick={() => openDocument({ collection, documentId: id, start: 0, end: 0, quote: null })}>
          {title ?? id}
        </button>
        <p class="hint">
          {title === null || title === id ? '' : `${id} · `}
          {count(chunks, 'chunk')} · {count(characters, 'character')} · {when(updatedAt)}
        </p>
      </div>
      {roles.writer ? (
        <div class="row">
          <label class="button quiet">
            Replace
            <input class="unseen" type="file" aria-label={`Replace ${id}`} onInput={(event: Event) => void replace(event)} />
          </label>
          <button type="button" class="quiet" aria-label={`Delete ${id}`} onClick={remove}>
            Delete
          </button>
        </div>
      ) : null}
    </li>
  );
}
