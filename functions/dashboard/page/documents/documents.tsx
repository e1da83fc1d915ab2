import { useEffect, useState } from 'hono/jsx/dom';
import { observed } from '../observed.ts';
import { Alert } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import type { Roles } from '../session.ts';
import { beginCollection, chosen, refreshCollections } from '../shared.ts';
import type { Client } from '../types.ts';
import { useStore, valueOf } from '../use.tsx';
import { CollectionList } from './collection-list.tsx';
import { DocumentList } from './document-list.tsx';
import { Drop } from './drop.tsx';
import { TaskList } from './task-list.tsx';
import { changes } from './tasks.ts';

const NAME = '[a-z0-9][a-z0-9_\\-]{0,62}';

/** What there is to be asked about, and how more comes in. */
export function Documents({ client, roles }: { client: Client; roles: Roles }) {
  const collection = useStore(chosen);
  const { isAway } = useStore(observed);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = () => {
    refreshCollections().then(
      () => setProblem(null),
      (error: unknown) => setProblem(problemOf(error)),
    );
  };
  const again = () => {
    load();
    changes.set((n) => n + 1);
  };
  // At first, and when the gateway is back.
  useEffect(() => (isAway ? undefined : load()), [isAway]);
  return (
    <section class="documents-view">
      <h1 tabindex={-1}>Documents</h1>
      <Alert problem={isAway ? null : problem} again={again} />
      <div class="columns">
        <div>
          <CollectionList client={client} roles={roles} />
          {roles.writer ? <NewName /> : null}
        </div>
        <div>
          {roles.writer ? <Drop client={client} collection={collection} /> : <p class="hint">Your credential may read, not add.</p>}
          <TaskList />
          <DocumentList key={collection} isQuiet={isAway || problem !== null} {...{ client, collection, roles }} />
        </div>
      </div>
    </section>
  );
}

/** A collection begins with its first document: its name is all that is needed. */
function NewName() {
  const [name, setName] = useState('');
  const begin = (event: Event) => {
    event.preventDefault();
    beginCollection(name);
    setName('');
  };
  return (
    <form class="field" onSubmit={begin}>
      <label for="new-collection">Begin another collection</label>
      <div class="row">
        <input
          id="new-collection"
          required
          pattern={NAME}
          title="1–63 of a–z, 0–9, _ and -, beginning with a letter or digit"
          value={name}
          onInput={(event: Event) => setName(valueOf(event))}
        />
        <button type="submit">Begin</button>
      </div>
    </form>
  );
}
