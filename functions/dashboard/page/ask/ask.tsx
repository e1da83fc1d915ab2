import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { CollectionField } from '../parts.tsx';
import { chosen, collections } from '../shared.ts';
import type { Client } from '../types.ts';
import { useStore, valueOf } from '../use.tsx';
import { Answer } from './answer.tsx';
import { ask, clear, stop, turns, type AnswerMode, type Turn } from './conversation.ts';

const MODES: Readonly<Record<AnswerMode, string>> = { auto: 'Written, quoted if need be', generated: 'Written', extractive: 'Quoted' };

/** A conversation with the documents of a collection. */
export function Ask({ client }: { client: Client }) {
  const all = useStore(turns);
  const collection = useStore(chosen);
  const known = useStore(collections);
  const [question, setQuestion] = useState('');
  const [answerMode, setMode] = useState<AnswerMode>('auto');
  const field = useRef<HTMLTextAreaElement | null>(null);
  const isRunning = all.at(-1)?.state === 'running';
  useEffect(() => {
    if (all.length > 0) document.querySelector(`#question-${all.at(-1)!.id}`)?.scrollIntoView({ block: 'start' });
  }, [all.length]);
  const submit = (event: Event) => {
    event.preventDefault();
    const asked = question.trim();
    if (asked === '' || isRunning) return;
    setQuestion('');
    field.current?.focus();
    void ask(client, asked, { collection, answerMode });
  };
  // Enter asks, as in every conversation; Shift and Enter begin a line. What is being composed is not sent (IME).
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
  };
  // Only the last one: an earlier one would be answered out of its place.
  const againOf = (turn: Turn) =>
    turn === all.at(-1) && (turn.state === 'failed' || turn.state === 'stopped')
      ? () => void ask(client, turn.question, { collection: turn.collection, answerMode })
      : null;
  const isEmpty = known !== null && known.every(({ documents }) => documents === 0);
  return (
    <section class="ask">
      <div class="row spread">
        <h1 tabindex={-1}>Ask</h1>
        <div class="row">
          <CollectionField />
          {all.length > 0 ? (
            <button type="button" class="quiet" onClick={clear}>
              New conversation
            </button>
          ) : null}
        </div>
      </div>
      {all.length === 0 ? <Beginning isEmpty={isEmpty} /> : all.map((turn) => <Answer key={turn.id} turn={turn} again={againOf(turn)} />)}
      <form class="composer" onSubmit={submit}>
        <label for="question">{all.length === 0 ? 'Your question' : 'Your next question'}</label>
        <textarea
          id="question"
          ref={field}
          rows={2}
          maxlength={10_000}
          value={question}
          onInput={(event: Event) => setQuestion(valueOf(event))}
          onKeydown={keys}
        />
        <div class="row spread">
          <div class="field inline">
            <label for="answer-mode">Answer</label>
            <select id="answer-mode" value={answerMode} onChange={(event: Event) => setMode(valueOf(event) as AnswerMode)}>
              {Object.entries(MODES).map(([mode, label]) => (
                <option key={mode} value={mode}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          {isRunning ? (
            <button type="button" class="main" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="submit" class="main">
              Ask
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

function Beginning({ isEmpty }: { isEmpty: boolean }) {
  return isEmpty ? (
    <p class="lead">
      There is nothing to ask about yet. <a href="#/documents">Drop some documents</a> first.
    </p>
  ) : (
    <p class="lead">
      Every answer cites the passages that it rests on. A number opens the document at the very words; what nothing supports is underlined.
    </p>
  );
}
