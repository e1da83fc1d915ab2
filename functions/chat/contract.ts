import * as z from 'zod/mini';
import { degraded } from '../_kernel/http/fields.ts';
import { wholeNumber } from '../_kernel/schema.ts';

// OpenAI's chat completions, as far as questions to documents go. Chat programs send fields by the dozen, and new ones every month: what
// only tunes a model's choice of words is passed over, what would ask for another kind of answer is refused by name.

/** What may stand there as long as nothing is meant by it: chat programs send every field they know. */
const nothing = (says: string) => z.array(z.unknown(), { error: says }).check(z.maxLength(0, { error: says }));
const textPart = z.object({
  type: z.literal('text', { error: 'must be text: pictures, sound and files cannot be asked about; ingest them as documents' }),
  text: z.string({ error: 'must be a string' }),
});
const content = z.union([z.string(), z.array(textPart)], { error: 'must be a string, or a list of parts of the type text' });

const message = z.looseObject({
  /** `system` and `developer` are passed over: an answer comes from the documents, whatever a model was told to be. */
  role: z.enum(['system', 'developer', 'user', 'assistant'], {
    error: 'must be system, developer, user or assistant; this service calls no tools',
  }),
  content: z.optional(z.nullable(content)),
});
export type ChatMessage = z.infer<typeof message>;

/** More than any model writes. */
const TOKENS_MAX = 1_000_000;
const TOKENS = `must be a whole number from 1 to ${TOKENS_MAX}`;
/** llama.cpp's programs say -1 for no bound. */
const answerTokens = z.optional(z.nullable(z.union([z.literal(-1), wholeNumber(1, TOKENS_MAX)], { error: TOKENS })));
const NO_TOOLS = 'cannot be honoured: this service answers from documents and calls no tools; leave it out';
const WHOLE = 'cannot be honoured: an answer and its citations are given whole; leave it out';
const one = { error: 'must be 1: a question has one answer' };

/** Body of `POST /v1/chat/completions`. Fields that are not listed, such as `temperature` and `seed`, are passed over. */
export const chatRequest = z.looseObject({
  /** The name of a collection. */
  model: z.string({ error: 'must be a string: the name of a collection; GET /v1/models lists them' }),
  messages: z.array(message, { error: 'must be a list of messages' }).check(z.minLength(1, { error: 'must have at least one message' })),
  stream: z.optional(z.nullable(z.boolean({ error: 'must be true or false' }))),
  stream_options: z.optional(z.nullable(z.looseObject({ include_usage: z.optional(z.nullable(z.boolean())) }))),
  /** More than the service writes at most counts as that. */
  max_tokens: answerTokens,
  max_completion_tokens: answerTokens,
  n: z.optional(z.nullable(z.literal(1, one))),
  tools: z.optional(z.nullable(nothing(NO_TOOLS))),
  functions: z.optional(z.nullable(nothing(NO_TOOLS))),
  stop: z.optional(z.nullable(z.union([z.literal(''), nothing(WHOLE)], { error: WHOLE }))),
  logprobs: z.optional(z.nullable(z.literal(false, { error: 'cannot be given; leave it out' }))),
  response_format: z.optional(
    z.nullable(z.looseObject({ type: z.literal('text', { error: 'must be text: an answer is text with citations' }) })),
  ),
  modalities: z.optional(z.nullable(z.array(z.literal('text', { error: 'must be text: an answer is text with citations' })))),
});
export type ChatRequest = z.infer<typeof chatRequest>;

const usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() });
export type Usage = z.infer<typeof usage>;

/**
 * A citation at its marker: `content.slice(start_index, end_index)` is `[1]`, in UTF-16 code units. `url` is the document's own, or
 * `rag://<collection>/<document>#<start>-<end>`; `quote` is ours, and exact.
 */
export const annotation = z.object({
  type: z.literal('url_citation'),
  url_citation: z.object({ start_index: z.int(), end_index: z.int(), title: z.string(), url: z.string(), quote: z.string() }),
});
export type Annotation = z.infer<typeof annotation>;

/** What the service says of an answer and OpenAI has no word for; as in the answer of a query. */
const aside = z.object({
  answerable: z.boolean(),
  reason: z.optional(z.string()),
  mode: z.enum(['generated', 'extractive']),
  unsupported: z.array(z.string()),
  degraded: z.array(degraded),
});
export type Aside = z.infer<typeof aside>;

/** `length` when the answer has as many tokens as were allowed. */
const finishReason = z.enum(['stop', 'length']);
export type FinishReason = z.infer<typeof finishReason>;

/** 200 of `POST /v1/chat/completions`. A question that the documents do not answer is told so in `content`, without annotations. */
export const completion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.literal(0),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string(),
        refusal: z.null(),
        annotations: z.array(annotation),
      }),
      logprobs: z.null(),
      finish_reason: finishReason,
    }),
  ),
  usage,
  x_rag: aside,
});
export type Completion = z.infer<typeof completion>;

/** An event of a streamed answer: role, text, annotations with the reason of the end, and usage where it was asked for. */
export const completionChunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.literal(0),
      delta: z.object({
        role: z.optional(z.literal('assistant')),
        content: z.optional(z.string()),
        annotations: z.optional(z.array(annotation)),
      }),
      logprobs: z.null(),
      finish_reason: z.nullable(finishReason),
    }),
  ),
  usage: z.optional(z.nullable(usage)),
  /** In the chunk that has the reason of the end. */
  x_rag: z.optional(aside),
});
export type CompletionChunk = z.infer<typeof completionChunk>;

/** A collection as a model; `created` is in seconds since 1970. */
export const model = z.object({ id: z.string(), object: z.literal('model'), created: z.int(), owned_by: z.string() });
export type Model = z.infer<typeof model>;
export const modelList = z.object({ object: z.literal('list'), data: z.array(model) });

/** The body of every refusal: `code` is the service's own, but `model_not_found` for a collection that there is not. */
export const errorResponse = z.object({
  error: z.object({ message: z.string(), type: z.string(), param: z.nullable(z.string()), code: z.string() }),
});
export type ErrorResponse = z.infer<typeof errorResponse>;
