import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import type { Operation } from '../operation.ts';
import { UPSTREAM } from './shared.ts';

const EXAMPLE = `event: meta
data: {"hits":[],"degraded":[]}

event: token
data: {"text":"Twenty-five days"}

event: citation
data: {"marker":1,"chunkId":"…","documentId":"leave.md","title":"Leave","url":null,"quote":"…","start":133,"end":201}

: heartbeat

event: done
data: {"question":"…","answerable":true,"answer":"Twenty-five days [1].", …}
`;

export const queryOperations: readonly Operation[] = [
  {
    id: 'query',
    function: 'query',
    method: 'post',
    path: '/query',
    tag: 'query',
    summary: 'Ask a question',
    description:
      'Answers from the collection’s passages, with citations that are exact slices of the stored texts. Without evidence it says so (`answerable: false`) and asks no model. When the model is away, verbatim sentences answer (`mode: extractive`).\n\nWith `"stream": true`, or `Accept: text/event-stream`, the answer comes as server-sent events: `meta` once, `token` and `citation` as they come, comments as heartbeats, and exactly one `done` (the whole answer) or `error` (a problem). Failures before the stream begins are problems with their status. Closing the connection stops the model.',
    role: 'reader',
    parameters: [],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'QueryRequest' } } },
    answers: {
      200: {
        description: 'The answer, or why there is none.',
        content: { of: 'QueryResponse' },
        stream: {
          events: { meta: 'QueryMeta', token: 'QueryToken', citation: 'Citation', done: 'QueryResponse', error: 'Problem' },
          example: EXAMPLE,
        },
      },
    },
    codes: ['query_too_long', 'collection_not_found', 'index_mismatch', 'token_budget_spent', ...UPSTREAM],
  },
];
