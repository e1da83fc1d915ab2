import * as z from 'zod';
import { degraded, hit, queryText, searchFields } from '../_kernel/http/fields.ts';
import { ANSWER_TOKENS_DEFAULT, ANSWER_TOKENS_MAX, HISTORY_MESSAGES_MAX, QUERY_MAX_CHARS } from '../_kernel/limits.ts';

const tokens = { error: `must be a whole number from 1 to ${ANSWER_TOKENS_MAX}` };

/** Body of `POST /query`: search's fields, with `question` for `query`, and how to answer. */
export const queryRequest = z.strictObject({
  question: queryText,
  ...searchFields,
  stream: z.boolean({ error: 'must be true or false' }).default(false),
  maxAnswerTokens: z.number(tokens).int(tokens).min(1, tokens).max(ANSWER_TOKENS_MAX, tokens).default(ANSWER_TOKENS_DEFAULT),
  history: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant'], { error: 'must be user or assistant' }),
        content: z.string().max(QUERY_MAX_CHARS, { error: `has more than ${QUERY_MAX_CHARS} characters` }),
      }),
    )
    .max(HISTORY_MESSAGES_MAX, { error: `has more than ${HISTORY_MESSAGES_MAX} messages; send the latest` })
    .default([]),
  answerMode: z.enum(['auto', 'generated', 'extractive'], { error: 'must be auto, generated or extractive' }).default('auto'),
});
export type QueryRequest = z.infer<typeof queryRequest>;

/** A quote that supports what stands before its marker: exactly `text.slice(start, end)` of the document's stored text. */
export const citation = z.object({
  marker: z.number().int(),
  chunkId: z.string(),
  documentId: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  quote: z.string(),
  start: z.number().int(),
  end: z.number().int(),
});
export type Citation = z.infer<typeof citation>;

/** Why a question was not answered. */
export const unanswerable = z.enum(['no_hits', 'no_evidence', 'not_in_passages']);

/** 200, and the data of the event `done`. */
export const queryResponse = z.object({
  question: z.string(),
  answerable: z.boolean(),
  reason: unanswerable.optional(),
  answer: z.string(),
  mode: z.enum(['generated', 'extractive']),
  citations: z.array(citation),
  unsupported: z.array(z.string()),
  hits: z.array(hit),
  model: z.string().nullable(),
  degraded: z.array(degraded),
  timings: z.object({ embedMs: z.number(), searchMs: z.number(), answerMs: z.number(), totalMs: z.number() }),
  usage: z.object({ promptTokens: z.number(), answerTokens: z.number() }),
});
export type QueryResponse = z.infer<typeof queryResponse>;

/** Data of the event `meta`, sent once before the answer begins. */
export const queryMeta = z.object({ hits: z.array(hit), degraded: z.array(degraded) });
/** Data of the event `token`. */
export const queryToken = z.object({ text: z.string() });
