import { useState } from 'hono/jsx/dom';
import { Alert, Confirm } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import type { Roles } from '../session.ts';
import { begun, chosen, collections } from '../shared.ts';
import type { Client, Collection } from '../types.ts';
import { useStore } from '../use.tsx';
import { count, when } from '../words.ts';
import { noteChange, reindex } from './tasks.ts';

const STATE: Readonly<Record<string, string>> = { green: 'serving', yellow: 'serving, being optimised', red: 'failed', grey: 'waiting' };

/** The collections, each with what it was indexed by. */
export function CollectionList({ client, roles }: { client: Client; roles: Roles }) {
  const all = useStore(collections);
  const names = useStore(begun);
  const current = useStore(chosen);
  const [doomed, setDoomed] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = async (name: string): Promise<void> => {
    setDoomed(null);
    try {
      await client.collections.delete(name);
      noteChange();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <section aria-labelledby="collections-title">
      <h2 id="collections-title">Collections</h2>
      <Alert problem={problem} />
      {all === null ? <p class="hint">Asking…</p> : null}
      {all?.length === 0 && names.length === 0 ? <p class="hint">None yet{roles.writer ? '; the first documents make one' : ''}.</p> : null}
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
        {names.map((name) => (
          <li key={name} class={name === current ? 'collection chosen' : 'collection'}>
            <div class="row spread">
              <Name name={name} isChosen={name === current} />
              <span class="state">new</span>
            </div>
            <p class="hint">It begins with its first document.</p>
          </li>
        ))}
      </ul>
      {doomed === null ? null : (
        <Confirm
          question={`Delete the collection ${doomed}?`}
          detail="All of its documents go with it. This cannot be undone."
          verb="Delete everything in it"
          refusal="Keep"
          onYes={() => void remove(doomed)}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}

function Name({ name, isChosen }: { name: string; isChosen: boolean }) {
  return (
    <button type="button" class="link" aria-pressed={isChosen ? 'true' : 'false'} onClick={() => chosen.set(name)}>
      {name}
    </button>
  );
}

type ViewProps = { collection: Collection; isChosen: boolean; client: Client; roles: Roles; remove: () => void };
function CollectionView({ collection, isChosen, client, roles, remove }: ViewProps) {
  const { name, documents, chunks, fingerprint, state, createdAt, statistics } = collection;
  return (
    <li class={isChosen ? 'collection chosen' : 'collection'}>
      <div class="row spread">
        <Name name={name} isChosen={isChosen} />
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
