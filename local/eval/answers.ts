import type { Citation, QueryResponse } from '../../functions/query/contract.ts';
import type { EvalQuery } from './beir.ts';
import { mean, type Judgments } from './measures.ts';

/** How one extractive answer does against the gold answers: 1 or 0 each. */
export type AnswerMeasures = {
  answered: number;
  citedGoldPassage: number;
  rightSentenceFirst: number;
  rightSentenceInThree: number;
  containment: number;
};
export const ANSWER_MEASURES = ['answered', 'citedGoldPassage', 'rightSentenceFirst', 'rightSentenceInThree', 'containment'] as const;

/**
 * Right is a sentence of a relevant document that holds an answer; containment asks only that the first sentence holds one.
 *
 * Where the collection says at which place of the relevant document an answer starts, the sentence must be the one that has that place.
 */
export function measureAnswer(
  query: EvalQuery,
  answer: Pick<QueryResponse, 'answerable' | 'citations'>,
  judgments: Judgments,
): AnswerMeasures {
  const holds = ({ documentId, quote, start, end }: Citation): boolean =>
    query.answers.some(({ text, start: at }) =>
      at === null || !judgments.has(documentId) ? quote.includes(text) : at >= start && at < end,
    );
  const right = (one: Citation | undefined): boolean => one !== undefined && judgments.has(one.documentId) && holds(one);
  const [first] = answer.citations;
  return {
    answered: Number(answer.answerable),
    citedGoldPassage: Number(first !== undefined && judgments.has(first.documentId)),
    rightSentenceFirst: Number(right(first)),
    rightSentenceInThree: Number(answer.citations.slice(0, 3).some(right)),
    containment: Number(first !== undefined && holds(first)),
  };
}

/** The means of what was measured of single answers; empty where there was none. */
export function meanAnswers(all: readonly AnswerMeasures[]): Partial<AnswerMeasures> {
  if (all.length === 0) return {};
  return Object.fromEntries(ANSWER_MEASURES.map((name) => [name, mean(all.map((one) => one[name]))]));
}
