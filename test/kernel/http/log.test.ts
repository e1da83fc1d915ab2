import { expect, test } from 'vitest';
import { Failure, UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { describe as described } from '../../../functions/_kernel/http/log.ts';

const SECRET = 'what the document said';

test.each([
  ['a foreign error', new SyntaxError(`Unexpected token in "${SECRET}"`), { error: 'SyntaxError' }],
  ['a failure with a foreign cause', new Failure({ code: 'internal' }, new TypeError(SECRET)), { reason: 'internal', error: 'TypeError' }],
  ['a failure that names a document', new Failure({ code: 'document_not_found', documentId: SECRET }), { reason: 'document_not_found' }],
  [
    "a fault with the upstream's words",
    new Failure(
      { code: 'dependency_unavailable', dependency: 'qdrant_search', breaker: 'open', retryAfterMs: 1 },
      new UpstreamFault('qdrant_search', { kind: 'status', status: 500 }, new Error(SECRET)),
    ),
    { reason: 'dependency_unavailable', dependency: 'qdrant_search', fault: 'status 500' },
  ],
  ['a timeout', new UpstreamFault('ollama_embedding', { kind: 'timeout', phase: 'first_byte' }), { fault: 'timeout first_byte' }],
  ['what is no error', SECRET, { error: 'string' }],
])('%s is told by names and codes, never by its words', (_, error, line) => {
  expect(described(error)).toMatchObject(line);
  expect(JSON.stringify(described(error))).not.toContain(SECRET);
});
