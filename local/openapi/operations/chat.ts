import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import { collectionName } from '../../../functions/_kernel/http/fields.ts';
import type { Operation } from '../operation.ts';
import { UPSTREAM } from './shared.ts';

const EXAMPLE = `data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1772355600,"model":"handbook","choices":[{"index":0,"delta":{"content":"Twenty-five days"},"logprobs":null,"finish_reason":null}]}

data: [DONE]
`;

const chat = { function: 'chat', tag: 'openai', base: '/v1', speaks: 'openai', role: 'reader' } as const;

export const chatOperations: readonly Operation[] = [
  {
    ...chat,
    id: 'createChatCompletion',
    method: 'post',
    path: '/chat/completions',
    summary: 'Ask a question as OpenAI’s clients do',
    description:
      'The last message is the question, those before are its history, and the model is a collection. Fields that only tune a model’s choice of words are passed over; what would ask for another kind of answer is refused by name. Citations are annotations of the answer. With `stream`, chunks come as events without names, the last of them `[DONE]`; an answer that cannot be finished ends with an error instead.',
    parameters: [],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'ChatRequest' } } },
    answers: {
      200: {
        description: 'The answer, or that the documents have none.',
        content: { of: 'ChatCompletion' },
        stream: { events: ['ChatCompletionChunk', 'ChatError', { const: '[DONE]' }], example: EXAMPLE },
      },
    },
    codes: ['query_too_long', 'collection_not_found', 'index_mismatch', 'token_budget_spent', ...UPSTREAM],
  },
  {
    ...chat,
    id: 'listModels',
    method: 'get',
    path: '/models',
    summary: 'List models, which are collections',
    description: 'Yours alone, as of `GET /collections`.',
    parameters: [],
    answers: { 200: { description: 'The models.', content: { of: 'ModelList' } } },
    codes: UPSTREAM,
  },
  {
    ...chat,
    id: 'getModel',
    method: 'get',
    path: '/models/{id}',
    summary: 'See a model, which is a collection',
    description: 'That there is one of this name.',
    parameters: [{ name: 'id', in: 'path', required: true, schema: collectionName, description: 'The collection’s name.' }],
    answers: { 200: { description: 'The model.', content: { of: 'Model' } } },
    codes: ['collection_not_found', ...UPSTREAM],
  },
];
