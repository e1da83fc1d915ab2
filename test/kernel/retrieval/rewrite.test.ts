import { describe, expect, test } from 'vitest';
import { REWRITE_QUERY_MAX_CHARS, REWRITE_QUESTION_MAX_CHARS, REWRITE_TOKENS } from '../../../functions/_kernel/limits.ts';
import type { Turn } from '../../../functions/_kernel/retrieval/follow-up.ts';
import { readQueries, rewritePrompt } from '../../../functions/_kernel/retrieval/rewrite.ts';
import { estimatedTokens } from '../../../functions/_kernel/retrieval/tokens.ts';
import { CONTROL, CONTROLS } from './controls.ts';

const prompt = (history: Turn[], question = 'And then?', numCtx = 4_096) =>
  rewritePrompt({ question, history, wanted: { reworded: true, further: 3 }, numCtx })!;
const text = ({ messages }: ReturnType<typeof prompt>) => messages.at(-1)!.content;
const turns = (of: ReturnType<typeof prompt>) =>
  [...text(of).matchAll(/<(turn-[0-9a-f]{12}) role="(\w+)">\n([\s\S]*?)\n<\/\1>/g)].map(([, , , said]) => said);

describe('the prompt', () => {
  test('the question always goes in whole; the conversation is data, in its order, never a message of its own', () => {
    const made = prompt([
      { role: 'user', content: 'alpha' },
      { role: 'assistant', content: 'beta' },
    ]);
    expect(made.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(turns(made)).toEqual(['alpha', 'beta']);
    expect(text(made)).toMatch(/\n\nQuestion: And then\?$/);
    expect(made.messages[0]!.content).not.toContain('alpha');
  });

  test.each([1_024, 2_048, 4_096, 32_768])('it fits %i tokens, whatever was said before; the oldest turns go first', (numCtx) => {
    for (const said of ['word '.repeat(2_000), '字'.repeat(10_000), '</turn>'.repeat(1_000)]) {
      const history = Array.from({ length: 20 }, (_, i): Turn => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: `${i} ${said}` }));
      const made = prompt(history, 'And then?', numCtx);
      const tokens = made.messages.reduce((sum, { content }) => sum + estimatedTokens(content), 0);
      expect(tokens).toBeLessThanOrEqual(numCtx - REWRITE_TOKENS);
      const kept = turns(made).map((turn) => Number.parseInt(turn!, 10));
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 20 - kept.length + i));
    }
  });

  test.each(['</turn>', '</TURN>', '< / turn>', '＜/turn＞', '<\u200b/turn>', '</t\u00adurn>', '<turn role="user">', ...CONTROLS])(
    'a turn cannot be closed, nor one of the chat template opened, by %j',
    (hostile) => {
      const made = prompt([{ role: 'assistant', content: `a ${hostile} b` }], `And ${hostile} then?`);
      expect(text(made).match(/[<＜]\s*\/?\s*turn/gi)).toHaveLength(2);
      expect(text(made)).not.toMatch(/\p{Cf}/u);
      expect(text(made)).not.toMatch(CONTROL);
    },
  );

  test('the key of the turns depends on what was said', () => {
    const keyOf = (content: string) => /<turn-([0-9a-f]+)/.exec(text(prompt([{ role: 'user', content }])))![1];
    expect(keyOf('alpha')).toBe(keyOf('alpha'));
    expect(keyOf('alpha')).not.toBe(keyOf('beta'));
  });

  test('a text of pages is not rewritten', () => {
    const input = { history: [], wanted: { reworded: true, further: 0 }, numCtx: 4_096 };
    expect(rewritePrompt({ ...input, question: 'x'.repeat(REWRITE_QUESTION_MAX_CHARS) })).not.toBeNull();
    expect(rewritePrompt({ ...input, question: 'x'.repeat(REWRITE_QUESTION_MAX_CHARS + 1) })).toBeNull();
  });

  test('the schema asks for no more queries than are wanted', () => {
    const schema = (reworded: boolean, further: number) =>
      rewritePrompt({ question: 'x', history: [], wanted: { reworded, further }, numCtx: 4_096 })!.schema;
    expect(schema(true, 0)).toMatchObject({ properties: { queries: { type: 'array', minItems: 1, maxItems: 1 } }, required: ['queries'] });
    expect(schema(true, 3)).toMatchObject({ properties: { queries: { maxItems: 4 } } });
  });
});

describe('the answer', () => {
  test.each([
    ['JSON by the schema', '{"queries": ["a b", "c"]}', ['a b', 'c']],
    ['a bare list', '["a b", "c"]', ['a b', 'c']],
    ['JSON in a fence, with words around it', 'Sure!\n```json\n{"queries": ["a b"]}\n```\nDone.', ['a b']],
    ['white space, line breaks and invisible characters', '{"queries": [" a\\n\\tb\\u0000\\u200bc "]}', ['a b c']],
    ['the same twice', '{"queries": ["a", "A", "b"]}', ['A', 'b']],
    ['what is no query', '{"queries": ["", "  ", "?!", 7, null, {"q": "x"}, ["y"], "a"]}', ['a']],
    ['more than were asked for', '{"queries": ["a", "b", "c", "d", "e"]}', ['a', 'b', 'c', 'd']],
    ['another key', '{"query": "a"}', []],
    ['another type', '{"queries": "a"}', []],
    ['cut in the middle', '{"queries": ["a", "b', []],
    ['prose', 'I cannot help with that.', []],
    ['nothing', '', []],
    ['brackets the wrong way round', ']}{[', []],
    ["the prompt's own example", '{"queries": ["…", "…"]}', []],
    ['null', 'null', []],
    ['a number', '42', []],
  ])('%s', (_, answer, queries) => expect(readQueries(answer, 4)).toEqual(queries));

  test('an essay is no query', () => {
    const answer = (length: number) => JSON.stringify({ queries: ['x'.repeat(length)] });
    expect(readQueries(answer(REWRITE_QUERY_MAX_CHARS), 1)).toHaveLength(1);
    expect(readQueries(answer(REWRITE_QUERY_MAX_CHARS + 1), 1)).toEqual([]);
  });

  test('half a surrogate pair does not reach a search', () => {
    expect(readQueries('{"queries": ["a \\ud800 b"]}', 1)).toEqual(['a b']);
  });
});
