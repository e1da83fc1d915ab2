import * as z from 'zod/mini';
import { degraded, hit, queryText, retrievalTimings, searched, searchFields } from '../_kernel/http/fields.ts';
import { ANSWER_TOKENS_DEFAULT, ANSWER_TOKENS_MAX, HISTORY_MESSAGES_MAX, QUERY_MAX_CHARS } from '../_kernel/limits.ts';
import { shortText, wholeNumber } from '../_kernel/schema.ts';

const turn = z.strictObject({
  role: z.enum(['user', 'assistant'], { error: 'must be user or assistant' }),
  content: shortText(QUERY_MAX_CHARS),
});

export const answerMode = z.enum(['auto', 'generated', 'extractive'], { error: 'must be auto, generated or extractive' });

/** Body of `POST /query`: search's fields, with `question` for `query`, and how to answer. */
export const queryRequest = z.strictObject({
  question: queryText,
  ...searchFields,
  stream: z._default(z.boolean({ error: 'must be true or false' }), false),
  maxAnswerTokens: z._default(wholeNumber(1, ANSWER_TOKENS_MAX), ANSWER_TOKENS_DEFAULT),
  history: z._default(
    z.array(turn).check(z.maxLength(HISTORY_MESSAGES_MAX, { error: `has more than ${HISTORY_MESSAGES_MAX} messages; send the latest` })),
    [],
  ),
  answerMode: z._default(answerMode, 'auto'),
});
export type QueryRequest = z.infer<typeof queryRequest>;

/** A quote that supports what stands before its marker: exactly `text.slice(start, end)` of the document's stored text. */
export const citation = z.object({
  marker: z.int(),
  chunkId: z.string(),
  documentId: z.string(),
  title: z.nullable(z.string()),
  url: z.nullable(z.string()),
  quote: z.string(),
  start: z.int(),
  end: z.int(),
});
export type Citation = z.infer<typeof citation>;

/** Why a question was not answered. */
export const unanswerable = z.enum(['no_hits', 'no_evidence', 'not_in_passages']);

/** 200, and the data of the event `done`. */
export const queryResponse = z.object({
  question: z.string(),
  answerable: z.boolean(),
  reason: z.optional(unanswerable),
  answer: z.string(),
  mode: z.enum(['generated', 'extractive']),
  citations: z.array(citation),
  /**
   * Statements of the answer, without markers, that no citation covers, whose citation their words do not confirm (a paraphrase, another
   * language, a yes), or with a number that stands in none of the passages cited for them: so a statement with a citation may be here too.
   * In the answer's order, each once. Fenced code is none; verbatim answers have none.
   */
  unsupported: z.array(z.string()),
  searched,
  hits: z.array(hit),
  model: z.nullable(z.string()),
  degraded: z.array(degraded),
  timings: z.object({ ...retrievalTimings, answerMs: z.number(), totalMs: z.number() }),
  usage: z.object({ promptTokens: z.number(), answerTokens: z.number() }),
  /** The answer to an equal question before, from the cache: `timings` are this request's and `usage` is nothing. Absent otherwise. */
  cached: z.optional(z.literal(true)),
});
export type QueryResponse = z.infer<typeof queryResponse>;

/** Data of the event `meta`, sent once before the answer begins. */
export const queryMeta = z.object({ hits: z.array(hit), degraded: z.array(degraded) });
/** Data of the event `token`. */
export const queryToken = z.object({ text: z.string() });
