import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { observed } from '../observed.ts';
import { Alert, Confirm } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import type { Roles } from '../session.ts';
import { collections, openDocument } from '../shared.ts';
import type { Client, DocumentSummary } from '../types.ts';
import { useStore } from '../use.tsx';
import { count, when } from '../words.ts';
import { extensionOf, replaced } from './replace.ts';
import { changes, noteChange, refuse, upload } from './tasks.ts';

const PAGE = 50;

type Props = { client: Client; collection: string; roles: Roles; isQuiet: boolean };
/** The documents of one collection, a page at a time; of another collection this is another list. `isQuiet`: why is said elsewhere. */
export function DocumentList({ client, collection, roles, isQuiet }: Props) {
  const version = useStore(changes);
  const { isAway } = useStore(observed);
  const isThere = useStore(collections)?.some(({ name }) => name === collection) ?? null;
  const [found, setFound] = useState<DocumentSummary[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const asking = useRef(new AbortController());
  /** Asks for as many documents as are to be shown; an answer that comes late is not taken any more. */
  const load = async (wanted: number): Promise<void> => {
    asking.current.abort();
    const { signal } = (asking.current = new AbortController());
    const all: DocumentSummary[] = [];
    try {
      let cursor: string | null = null;
      do {
        const page = { limit: PAGE, ...(cursor !== null && { cursor }) };
        const answer: Awaited<ReturnType<Client['collections']['documents']>> = await client.collections.documents(collection, page, {
          signal,
        });
        all.push(...answer.documents);
        cursor = answer.nextCursor;
      } while (cursor !== null && all.length < wanted);
      setFound(all);
      setNext(cursor);
      setProblem(null);
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error));
    }
  };
  useEffect(() => {
    if (isAway) return; // it is asked for when the gateway is back
    if (isThere === true) void load(found?.length ?? 0);
    else setFound(isThere === false ? [] : null);
  }, [version, isThere, isAway]);
  useEffect(() => () => asking.current.abort(), []);
  const remove = async (id: string): Promise<void> => {
    setDoomed(null);
    try {
      await client.collections.deleteDocument(collection, id);
      noteChange();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <section aria-labelledby="documents-title">
      <h2 id="documents-title">Documents in {collection}</h2>
      <Alert problem={isQuiet ? null : problem} />
      {found === null && problem === null ? <p class="hint">Asking…</p> : null}
      {found?.length === 0 && problem === null ? <p class="hint">None yet.</p> : null}
      {found === null || found.length === 0 ? null : (
        <ul class="documents">
          {found.map((one) => (
            <Row key={one.id} document={one} {...{ client, collection, roles }} remove={() => setDoomed(one.id)} />
          ))}
        </ul>
      )}
      {next === null || found === null ? null : (
        <button type="button" onClick={() => void load(found.length + PAGE)}>
          More
        </button>
      )}
      {doomed === null ? null : (
        <Confirm
          question={`Delete ${doomed} from ${collection}?`}
          detail="The document and every passage of it go; answers will not cite it any more."
          verb="Delete"
          refusal="Keep"
          onYes={() => void remove(doomed)}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}

type RowProps = { document: DocumentSummary; client: Client; collection: string; roles: Roles; remove: () => void };
function Row({ document: { id, title, chunks, characters, updatedAt }, client, collection, roles, remove }: RowProps) {
  const extension = extensionOf(id);
  const replace = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (file === undefined) return;
    const { instead, refusal } = replaced(id, file);
    if (instead === null) refuse(`${id} not replaced`, collection, [refusal]);
    else await upload(client, collection, [instead]);
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
          {extension === null ? null : (
            <label class="button quiet">
              Replace
              <input
                class="unseen"
                type="file"
                accept={extension}
                aria-label={`Replace ${id}`}
                onInput={(event: Event) => void replace(event)}
              />
            </label>
          )}
          <button type="button" class="quiet" aria-label={`Delete ${id}`} onClick={remove}>
            Delete
          </button>
        </div>
      ) : null}
    </li>
  );
}
