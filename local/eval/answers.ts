import { bestSentences } from '../../functions/_kernel/retrieval/extract.ts';
import type { EvalDocument, EvalQuery } from './beir.ts';
import type { Judgments } from './measures.ts';

/** Passages that an answer is taken from. */
const PASSAGES = 10;
const SENTENCES = 3;

export type AnswerMeasures = { citedGoldPassage: number; rightSentenceFirst: number; rightSentenceInThree: number; containment: number };

/**
 * How the extractive answer to one question does against its gold answers: 1 or 0 each.
 *
 * Right is a sentence of a relevant document that holds an answer; containment asks only that the first sentence holds one.
 */
export function measureAnswer(
  query: EvalQuery,
  ranking: readonly { id: string; fused: number }[],
  documents: ReadonlyMap<string, EvalDocument>,
  judgments: Judgments,
): AnswerMeasures {
  const passages = ranking.slice(0, PASSAGES).map(({ id, fused }) => ({ id, text: documents.get(id)?.text ?? '', score: fused }));
  const cited = bestSentences(query.text, passages, SENTENCES).map(({ passage, start, end }) => {
    const { id, text } = passages[passage] ?? { id: '', text: '' };
    const holds = query.answers.some(({ text: answer, start: at }) =>
      at === null || !judgments.has(id) ? text.slice(start, end).includes(answer) : at >= start && at < end,
    );
    return { gold: judgments.has(id), holds, right: judgments.has(id) && holds };
  });
  return {
    citedGoldPassage: Number(cited[0]?.gold ?? false),
    rightSentenceFirst: Number(cited[0]?.right ?? false),
    rightSentenceInThree: Number(cited.some(({ right }) => right)),
    containment: Number(cited[0]?.holds ?? false),
  };
}
