import { useState } from 'hono/jsx/dom';
import { Alert, Confirm } from '../parts.tsx';
import type { Roles } from '../session.ts';
import { chosen, collections, refreshCollections } from '../shared.ts';
import type { Client, Collection } from '../types.ts';
import { useStore } from '../use.tsx';
import { count, sayError, when } from '../words.ts';
import { changes, reindex } from './tasks.ts';

const STATE: Readonly<Record<string, string>> = { green: 'serving', yellow: 'serving, being optimised', red: 'failed', grey: 'waiting' };

/** The collections, each with what it was indexed by. */
export function CollectionList({ client, roles }: { client: Client; roles: Roles }) {
  const all = useStore(collections);
  const current = useStore(chosen);
  const [doomed, setDoomed] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const remove = async (name: string): Promise<void> => {
    setDoomed(null);
    try {
      await client.collections.delete(name);
      await refreshCollections();
      changes.set((n) => n + 1);
    } catch (error) {
      setProblem(sayError(error));
    }
  };
  return (
    <section aria-labelledby="collections-title">
      <h2 id="collections-title">Collections</h2>
      <Alert text={problem} />
      {all === null ? <p class="hint">Asking…</p> : null}
      {all?.length === 0 ? <p class="hint">None yet; the first documents make one.</p> : null}
      <ul class="collections">
        {(all ?? []).map((one) => (
          <CollectionView
            key={one.name}
            collection={one}
            isChosen={one.name === current}
            {...{ client, roles }}
            remove={() => setDoomed(one.name)}
          />
        ))}
      </ul>
      {doomed === null ? null : (
        <Confirm
          question={`Delete the collection ${doomed}?`}
          detail="All of its documents go with it. This cannot be undone."
          verb="Delete everything in it"
          onYes={() => void remove(doomed)}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}

type ViewProps = { collection: Collection; isChosen: boolean; client: Client; roles: Roles; remove: () => void };
function CollectionView({ collection, isChosen, client, roles, remove }: ViewProps) {
  const { name, documents, chunks, fingerprint, state, createdAt, statistics } = collection;
  return (
    <li class={isChosen ? 'collection chosen' : 'collection'}>
      <div class="row spread">
        <button type="button" class="link" aria-pressed={isChosen ? 'true' : 'false'} onClick={() => chosen.set(name)}>
          {name}
        </button>
        <span class={`state ${state}`}>{STATE[state] ?? state}</span>
      </div>
      <p class="hint">
        {count(documents, 'document')} · {count(chunks, 'chunk')}
      </p>
      <details>
        <summary>How it is indexed</summary>
        <dl class="facts-list">
          <dt>Model</dt>
          <dd>
            {fingerprint.model}, {fingerprint.dimension} dimensions
          </dd>
          <dt>Digest</dt>
          <dd class="code-text">{fingerprint.digest?.slice(0, 12) ?? 'not told'}</dd>
          <dt>Chunks</dt>
          <dd>
            {fingerprint.chunker}, {fingerprint.chunkChars} characters
          </dd>
          <dt>Words</dt>
          <dd>
            analyser {fingerprint.analyser}, {statistics.language}
          </dd>
          <dt>Since</dt>
          <dd>{when(createdAt)}</dd>
        </dl>
        <div class="row">
          {roles.admin ? (
            <button type="button" class="quiet" onClick={() => void reindex(client, name)}>
              Reindex
            </button>
          ) : null}
          {roles.writer ? (
            <button type="button" class="quiet" onClick={remove}>
              Delete {name}
            </button>
          ) : null}
        </div>
      </details>
    </li>
  );
}
