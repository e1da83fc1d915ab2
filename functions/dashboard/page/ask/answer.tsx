import { CopyButton, Trouble } from '../parts.tsx';
import { openDocument } from '../shared.ts';
import type { Hit } from '../types.ts';
import { DEGRADED, duration, UNANSWERABLE } from '../words.ts';
import { asText, type Citation, type Turn } from './conversation.ts';
import { segmentsOf } from './marks.ts';

const named = ({ title, documentId }: { title: string | null; documentId: string }) => title ?? documentId;

/** One question with its answer, the sources it quotes, and what it had to do without. */
export function Answer({ turn, again }: { turn: Turn; again: (() => void) | null }) {
  const { state, result } = turn;
  const isRefused = result !== null && !result.answerable;
  return (
    <article class="turn" aria-labelledby={`question-${turn.id}`}>
      <h2 id={`question-${turn.id}`}>{turn.question}</h2>
      <div class="answer">
        {isRefused ? <Refusal turn={turn} reason={result.reason} /> : <Written turn={turn} />}
        {state === 'running' && turn.text === '' ? <p class="waiting">{turn.hits.length > 0 ? 'Reading…' : 'Searching…'}</p> : null}
        {state === 'stopped' ? <p class="hint">Stopped.</p> : null}
        {turn.problem === null ? null : <Trouble problem={turn.problem} />}
      </div>
      {again === null ? null : (
        <button type="button" class="again" onClick={again}>
          Ask again
        </button>
      )}
      {turn.citations.length > 0 ? <Sources turn={turn} /> : null}
      {turn.degraded.map((one) => (
        <p key={one} class="notice">
          {DEGRADED[one]}
        </p>
      ))}
      {state === 'done' && result !== null ? <Facts turn={turn} result={result} /> : null}
      {state !== 'done' && state !== 'running' && turn.text !== '' ? (
        <div class="row end">
          <CopyButton label="Copy with sources" text={() => asText(turn)} />
        </div>
      ) : null}
    </article>
  );
}

function Written({ turn }: { turn: Turn }) {
  const byMarker = new Map(turn.citations.map((one) => [one.marker, one]));
  const unsupported = turn.result?.unsupported ?? [];
  const segments = segmentsOf(turn.text, new Set(byMarker.keys()), unsupported);
  return (
    <>
      <p class="text">
        {segments.map((one, i) =>
          one.kind === 'mark' ? (
            <Mark key={i} turn={turn} citation={byMarker.get(one.marker)!} />
          ) : one.unsupported ? (
            <span key={i} class="unsupported">
              {one.text}
              <span class="unseen"> (no source supports this) </span>
            </span>
          ) : (
            <span key={i}>{one.text}</span>
          ),
        )}
      </p>
      {unsupported.length > 0 ? (
        <p class="notice">
          {unsupported.length === 1 ? 'The underlined sentence has' : `${unsupported.length} underlined sentences have`} no source that
          supports {unsupported.length === 1 ? 'it' : 'them'}. Check before relying on it.
        </p>
      ) : null}
    </>
  );
}

const open = (turn: Turn, { documentId, start, end, quote }: Citation) =>
  openDocument({ collection: turn.collection, documentId, start, end, quote });

function Mark({ turn, citation }: { turn: Turn; citation: Citation }) {
  return (
    <button type="button" class="mark" aria-label={`Source ${citation.marker}: ${named(citation)}`} onClick={() => open(turn, citation)}>
      {citation.marker}
    </button>
  );
}

function Sources({ turn }: { turn: Turn }) {
  return (
    <ol class="sources" aria-label="Sources">
      {turn.citations.map((one) => (
        <li key={`${one.marker}-${one.start}`}>
          <span class="number">{one.marker}</span>
          <button type="button" class="link" onClick={() => open(turn, one)}>
            {named(one)}
          </button>
          {named(one) === one.documentId ? null : <span class="hint">{one.documentId}</span>}
          <q>{one.quote}</q>
        </li>
      ))}
    </ol>
  );
}

function Refusal({ turn, reason }: { turn: Turn; reason: keyof typeof UNANSWERABLE | undefined }) {
  return (
    <>
      <p class="refusal">No answer. {UNANSWERABLE[reason ?? 'no_evidence']}</p>
      {turn.hits.length > 0 ? <Nearest turn={turn} /> : null}
    </>
  );
}

/** What came nearest, to be read by whoever asked. */
function Nearest({ turn: { hits, collection } }: { turn: Turn }) {
  const show = ({ documentId, span, text }: Hit) => openDocument({ collection, documentId, ...span, quote: text });
  return (
    <>
      <h3>The nearest passages</h3>
      <ol class="nearest">
        {hits.slice(0, 3).map((hit) => (
          <li key={hit.chunkId}>
            <button type="button" class="link" onClick={() => show(hit)}>
              {named(hit)}
            </button>
            <p class="excerpt">{hit.text}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

function Facts({ turn, result }: { turn: Turn; result: NonNullable<Turn['result']> }) {
  const how = result.mode === 'extractive' ? 'Quoted word for word' : `Written by ${result.model ?? 'the model'}`;
  const facts = [
    ...(result.answerable ? [how] : []),
    duration(result.timings.totalMs),
    ...(result.cached === true ? ['remembered from before'] : []),
    ...(result.usage.answerTokens > 0 ? [`${result.usage.promptTokens} + ${result.usage.answerTokens} tokens`] : []),
    ...(result.searched === undefined ? [] : [`searched as “${result.searched.join('” and “')}”`]),
  ];
  return (
    <div class="row spread facts">
      <p class="hint">{facts.join(' · ')}</p>
      {result.answerable ? <CopyButton label="Copy with sources" text={() => asText(turn)} /> : null}
    </div>
  );
}
