import { expect, test } from 'vitest';
import { Failure } from '../../../functions/_kernel/failure.ts';
import type { ChatPart } from '../../../functions/_kernel/upstreams/ollama.ts';
import { queryRequest } from '../../../functions/query/contract.ts';
import { NOBODY, reply } from '../../../functions/query/reply.ts';
import { hitOf } from './hits.ts';

const FACT = 'A breaker opens after five faults.';

/** What is made of a writer's text, given in these pieces. */
const made = (pieces: readonly string[], fields: object = {}, reason = 'stop') => {
  async function* parts(): AsyncGenerator<ChatPart> {
    for (const text of pieces) yield { kind: 'text', text };
    yield { kind: 'end', reason, promptTokens: 0, answerTokens: 9 };
  }
  const input = queryRequest.parse({ question: 'When does a breaker open?', ...fields });
  const found = { hits: [hitOf('a', FACT)], headings: new Map(), evidence: true };
  return reply({ writer: { model: 'm', numCtx: 4_096, write: async () => parts() } }, input, found, NOBODY);
};

test.each([
  ['nothing', [], 'length'],
  ['white space', [' \n', '\n'], 'stop'],
  ['marks that nobody sees', ['\u200b', '\u2066'], 'stop'],
  ['a number of no passage', ['[9]'], 'stop'],
])('a writer of %s was not there: verbatim sentences, said so, and so never kept', async (_, pieces, reason) => {
  expect(await made(pieces, {}, reason)).toMatchObject({
    answerable: true,
    answer: `${FACT} [1]`,
    mode: 'extractive',
    model: null,
    degraded: ['generation_unavailable:extractive'],
  });
});

test('a writer of nothing, where only its answer will do, is a dependency that is unavailable', async () => {
  const error = await made([], { answerMode: 'generated' }).catch((thrown: unknown) => thrown);
  expect((error as Failure).reason).toMatchObject({ code: 'dependency_unavailable', dependency: 'ollama_generation' });
});

test.each([
  [['[0]'], ''],
  [['[', '0', ']'], ''],
  [['【0】\n'], ''],
  [['Die Passagen enthalten die Antwort nicht. [0]'], 'Die Passagen enthalten die Antwort nicht.'],
  [['[0] 这些段落没有提到。'], '这些段落没有提到。'],
  [['The passages do not say it [0].'], 'The passages do not say it.'],
])('%j is no answer, in any language', async (pieces, answer) => {
  expect(await made(pieces)).toMatchObject({
    answerable: false,
    reason: 'not_in_passages',
    answer,
    citations: [],
    unsupported: [],
    degraded: [],
  });
});

test.each([
  [`${FACT} [1] The sign is [0].`],
  [`[0] ${FACT} [1]`],
  ['Take the first with list[0].'],
  ['The passages do not contain the answer.'],
])('%j is one: a passage is cited, or the sign for no passage is not given', async (text) => {
  const { answerable, answer } = await made([text]);
  expect(answerable).toBe(true);
  expect(answer).not.toMatch(/\[0\]/);
});
