import { useEffect, useRef } from 'hono/jsx/dom';
import { CollectionField, CopyButton } from '../parts.tsx';
import type { Roles } from '../session.ts';
import { chosen, collections } from '../shared.ts';
import type { Client } from '../types.ts';
import { useStore, valueOf } from '../use.tsx';
import { Answer } from './answer.tsx';
import { ask, clear, conversationAsText, draft, stop, turns, type AnswerMode, type Turn } from './conversation.ts';
import { Spoken } from './spoken.tsx';

const MODES: Readonly<Record<AnswerMode, string>> = { auto: 'Written, quoted if need be', generated: 'Written', extractive: 'Quoted' };

/** A conversation with the documents of a collection. */
export function Ask({ client, roles }: { client: Client; roles: Roles }) {
  const all = useStore(turns);
  const collection = useStore(chosen);
  const known = useStore(collections);
  const { question, answerMode } = useStore(draft);
  const field = useRef<HTMLTextAreaElement | null>(null);
  const isRunning = all.at(-1)?.state === 'running';
  useEffect(() => {
    if (all.length > 0) document.querySelector(`#question-${all.at(-1)!.id}`)?.scrollIntoView({ block: 'start' });
  }, [all.length]);
  const begin = (asked: string, of: string) => {
    field.current?.focus({ preventScroll: true });
    void ask(client, asked, { collection: of, answerMode });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const asked = question.trim();
    if (asked === '' || isRunning) return;
    draft.set((before) => ({ ...before, question: '' }));
    begin(asked, collection);
  };
  // Enter asks, as in every conversation; Shift and Enter begin a line. What is being composed is not sent (IME).
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
  };
  // Only the last one: an earlier one would be answered out of its place.
  const againOf = (turn: Turn) =>
    turn === all.at(-1) && (turn.state === 'failed' || turn.state === 'stopped') ? () => begin(turn.question, turn.collection) : null;
  const restart = () => {
    clear();
    field.current?.focus();
  };
  const isEmpty = known !== null && known.every(({ documents }) => documents === 0);
  return (
    <section class="ask">
      <div class="row spread">
        <h1 tabindex={-1}>Ask</h1>
        <div class="row">
          <CollectionField />
          {all.length > 0 ? (
            <>
              <CopyButton label="Copy conversation" text={() => conversationAsText(turns.get())} />
              <button type="button" class="quiet" onClick={restart}>
                New conversation
              </button>
            </>
          ) : null}
        </div>
      </div>
      {all.length === 0 ? (
        <Beginning isEmpty={isEmpty} mayAdd={roles.writer} />
      ) : (
        all.map((turn) => <Answer key={turn.id} turn={turn} again={againOf(turn)} />)
      )}
      <Spoken turn={all.at(-1) ?? null} />
      <form class="composer" onSubmit={submit}>
        <label for="question">{all.length === 0 ? 'Your question' : 'Your next question'}</label>
        <textarea
          id="question"
          ref={field}
          rows={2}
          maxlength={10_000}
          value={question}
          onInput={(event: Event) => draft.set((before) => ({ ...before, question: valueOf(event) }))}
          onKeydown={keys}
        />
        <div class="row spread">
          <div class="field inline">
            <label for="answer-mode">Answer</label>
            <select
              id="answer-mode"
              value={answerMode}
              onChange={(event: Event) => draft.set((before) => ({ ...before, answerMode: valueOf(event) as AnswerMode }))}
            >
              {Object.entries(MODES).map(([mode, label]) => (
                <option key={mode} value={mode}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          {isRunning ? (
            <button key="stop" type="button" class="main" onClick={stop}>
              Stop
            </button>
          ) : (
            <button key="ask" type="submit" class="main">
              Ask
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

function Beginning({ isEmpty, mayAdd }: { isEmpty: boolean; mayAdd: boolean }) {
  if (isEmpty && mayAdd)
    return (
      <p class="lead">
        There is nothing to ask about yet. <a href="#/documents">Drop some documents</a> first.
      </p>
    );
  if (isEmpty) return <p class="lead">There is nothing to ask about yet. Somebody with the role writer has to add documents first.</p>;
  return (
    <p class="lead">
      Every answer cites the passages that it rests on. A number opens the document at the very words; what nothing supports is underlined.
    </p>
  );
}
