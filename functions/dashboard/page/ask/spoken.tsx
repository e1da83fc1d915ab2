import { UNANSWERABLE, count, DEGRADED } from '../words.ts';
import { sentencesOf } from './marks.ts';
import type { Turn } from './conversation.ts';

/** What a screen reader is told of an answer: each sentence once it is whole, then what there is to know about all of it. */
export function Spoken({ turn }: { turn: Turn | null }) {
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="The answer as it comes">
      {turn === null ? null : linesOf(turn).map((line, i) => <p key={`${turn.id}-${i}`}>{line}</p>)}
    </div>
  );
}

function linesOf({ state, text, result, citations, degraded, problem }: Turn): string[] {
  if (result !== null && !result.answerable)
    return [`No answer. ${UNANSWERABLE[result.reason ?? 'no_evidence']}`, ...degraded.map((one) => DEGRADED[one])];
  const sentences = sentencesOf(text);
  if (state === 'running') return sentences.slice(0, -1);
  if (state === 'stopped') return [...sentences, 'Stopped.'];
  if (state === 'failed') return [...sentences, `Failed: ${problem?.text ?? ''}`];
  const unsupported = result!.unsupported.length;
  return [
    ...sentences,
    `The answer is complete, with ${count(citations.length, 'source')}.`,
    ...(unsupported > 0 ? [`${count(unsupported, 'sentence')} without a source.`] : []),
    ...degraded.map((one) => DEGRADED[one]),
  ];
}
