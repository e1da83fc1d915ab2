import { useState } from 'hono/jsx/dom';
import { noteAnswer } from '../observed.ts';
import { Alert, CollectionField, CopyButton } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import { gatewayAddress, session } from '../session.ts';
import { chosen } from '../shared.ts';
import { createSessionStore } from '../store.ts';
import type { Client, SearchResponse } from '../types.ts';
import { useStore } from '../use.tsx';
import { count, DEGRADED, duration } from '../words.ts';
import { Controls } from './controls.tsx';
import { HitView, topsOf } from './hit.tsx';
import { asCode, asCurl, bodyOf, EMPTY, faultOf, type Form } from './request.ts';

/** What is asked and what was found stay when one looks at another view. */
const searched = createSessionStore<{ form: Form; found: SearchResponse | null }>({ form: EMPTY, found: null });

/** What matches, and why it stands where it stands. */
export function Search({ client }: { client: Client }) {
  const { form, found } = useStore(searched);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isRunning, setRunning] = useState(false);
  const collection = useStore(chosen);
  const body = bodyOf(form, collection);
  const kind = session.get()?.credential.kind ?? 'key';
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const faulty = form.rows.find((row) => faultOf(row) !== null);
    if (isRunning || faulty !== undefined) return;
    setRunning(true);
    setProblem(null);
    try {
      const answer = await client.search(body);
      noteAnswer(answer.degraded);
      searched.set((before) => ({ ...before, found: answer }));
    } catch (error) {
      setProblem(problemOf(error));
    }
    setRunning(false);
  };
  return (
    <section class="search">
      <div class="row spread">
        <h1 tabindex={-1}>Search</h1>
        <CollectionField />
      </div>
      <form role="search" onSubmit={(event: Event) => void submit(event)}>
        <Controls form={form} change={(next) => searched.set((before) => ({ ...before, form: next }))} isRunning={isRunning} />
      </form>
      <Alert problem={problem} />
      <p class="hint" aria-live="polite">
        {found === null ? '' : `${count(found.hits.length, 'passage')} in ${duration(found.timings.totalMs)}`}
        {found?.hits.length === 0 ? '. Try other words, another mode or fewer conditions.' : ''}
      </p>
      {found?.degraded.map((one) => (
        <p key={one} class="notice">
          {DEGRADED[one]}
        </p>
      ))}
      {found === null ? null : (
        <ol class="hits">
          {found.hits.map((hit, i) => (
            <HitView key={hit.chunkId} hit={hit} rank={i + 1} collection={found.collection} tops={topsOf(found.hits)} />
          ))}
        </ol>
      )}
      <details class="code">
        <summary>This request as code</summary>
        <Code title="curl" text={asCurl(gatewayAddress(), body, kind)} />
        <Code title="TypeScript" text={asCode(gatewayAddress(), body, kind)} />
      </details>
    </section>
  );
}

function Code({ title, text }: { title: string; text: string }) {
  return (
    <figure>
      <figcaption class="row spread">
        <span>{title}</span>
        <CopyButton text={() => text} />
      </figcaption>
      <pre tabindex={0} role="region" aria-label={`The request as ${title}`}>
        {text}
      </pre>
    </figure>
  );
}
