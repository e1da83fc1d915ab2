import { describe, expect, test, vi } from 'vitest';
import { Failure, UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';
import { HITS_MAX, RERANK_MS, RERANK_TOKENS, REWRITE_MS, REWRITE_TOKENS } from '../../../functions/_kernel/limits.ts';
import type { Completer } from '../../../functions/_kernel/retrieval/completion.ts';
import { matchAll } from '../../../functions/_kernel/retrieval/match-all.ts';
import type { MatchPorts } from '../../../functions/_kernel/retrieval/match.ts';
import { retrieve } from '../../../functions/_kernel/retrieval/retrieve.ts';
import { understand } from '../../../functions/_kernel/retrieval/understand.ts';

type Found = { id: string; score: number; documentId?: string; version?: string; text?: string };

/** Ports over lists that are given for each query; a query's dense vector is its place in `lists`. */
function ports(lists: Record<string, Found[]>, versionOf: (found: Found) => string = () => '1'): MatchPorts {
  const names = Object.keys(lists);
  const all = new Map(Object.values(lists).flatMap((list) => list.map((one) => [one.id, one] as const)));
  return {
    clock: () => 0,
    known: async () => ({ language: 'en', levels: { passages: 0, words: null, dense: null }, denseWeight: 1 }),
    embed: async (text) => [names.indexOf(text)],
    find: async ({ dense }) => {
      const list = lists[names[dense![0]!]!] ?? [];
      const candidates = list.map((one) => ({
        id: one.id,
        score: one.score,
        documentId: one.documentId ?? one.id,
        version: versionOf(one),
      }));
      return { dense: candidates, sparse: [], probes: [], left: null };
    },
    resolve: async (candidates) => ({
      moved: false,
      passages: new Map(
        candidates.map(({ id, documentId }) => {
          const text = all.get(id)?.text ?? `Passage ${id} says something of its own about ${id}.`;
          return [id, { chunkId: id, documentId, text, start: 0, end: text.length, title: null, url: null, metadata: {} }] as never;
        }),
      ),
    }),
  };
}
const list = (...ids: string[]): Found[] => ids.map((id, i) => ({ id, score: 1 - i / (ids.length + 1) }));
const plain = { mode: 'dense' as const, limit: 10, diversity: 0 };
const idsOf = ({ hits }: { hits: { chunkId: string }[] }) => hits.map(({ chunkId }) => chunkId);

describe('several queries for one question', () => {
  const lists = { first: list('a', 'b', 'c'), second: list('d', 'b', 'e'), third: list('d', 'c', 'f') };

  test('the first counts as much as all others together, and what several find rises', async () => {
    const { hits } = await matchAll(ports(lists), ['first', 'second', 'third'], plain);
    const fused = Object.fromEntries(hits.map(({ chunkId, scores }) => [chunkId, Number(scores.fused.toFixed(3))]));
    // Min-max in each list: 1, 0.5, 0. Half for the first, a quarter for each other.
    expect(fused).toEqual({ a: 0.5, d: 0.5, b: 0.375, c: 0.125, e: 0, f: 0 });
    expect(idsOf({ hits }).slice(0, 4)).toEqual(['a', 'd', 'b', 'c']);
  });

  test("each hit shows the best of its lists' own scores", async () => {
    const { hits } = await matchAll(ports({ x: [{ id: 'a', score: 0.2 }], y: [{ id: 'a', score: 0.9 }] }), ['x', 'y'], plain);
    expect(hits).toMatchObject([{ scores: { dense: 0.9, sparse: null, fused: 1 } }]);
  });

  test('the order of the further queries does not matter', async () => {
    const there = await matchAll(ports(lists), ['first', 'second', 'third'], plain);
    expect((await matchAll(ports(lists), ['first', 'third', 'second'], plain)).hits).toEqual(there.hits);
  });

  test('threshold, cap and near-duplicates hold for the joined list', async () => {
    const words = 'The dough rests overnight before it is baked in a hot oven with a lid.';
    const same = { first: [{ id: 'a', score: 1, text: words }, ...list('z')], second: [{ id: 'b', score: 1, text: words }, ...list('y')] };
    expect(idsOf(await matchAll(ports(same), ['first', 'second'], plain))).not.toContain('b');
    expect(idsOf(await matchAll(ports(lists), ['first', 'second', 'third'], { ...plain, scoreThreshold: 0.4 }))).toEqual(['a', 'd']);
    expect(idsOf(await matchAll(ports(lists), ['first', 'second', 'third'], { ...plain, scoreThreshold: 0.5 }))).toEqual(['a', 'd']);
    expect(idsOf(await matchAll(ports(lists), ['first', 'second', 'third'], { ...plain, scoreThreshold: 0 }))).toHaveLength(6);
    expect(idsOf(await matchAll(ports(lists), ['first'], { ...plain, scoreThreshold: 1 }))).toEqual(['a']);
    expect(idsOf(await matchAll(ports(lists), ['first'], { ...plain, scoreThreshold: 0 }))).toEqual(['a', 'b', 'c']);
    const one = { first: [{ id: 'a', score: 1, documentId: 'x' }], second: [{ id: 'b', score: 1, documentId: 'x' }] };
    expect(idsOf(await matchAll(ports(one), ['first', 'second'], { ...plain, maxPerDocument: 1 }))).toEqual(['a']);
  });

  test('there is evidence when there is for a wording of the question, and a further query brings none', async () => {
    const names = Object.keys(lists);
    const speaks = (of: string): MatchPorts => {
      const plainly = ports(lists);
      return {
        ...plainly,
        find: async (wanted) => ({
          ...(await plainly.find(wanted)),
          probes: wanted.probes.map((_, at) => (at > 0 || names[wanted.dense?.[0] ?? -1] === of ? 9 : 0.1)),
        }),
      };
    };
    const heard = async (of: string, wordings: number) =>
      (await matchAll(speaks(of), ['first', 'second'], { ...plain, evidence: true }, wordings)).evidence;
    expect(await heard('first', 2)).toBe(true);
    expect(await heard('second', 2)).toBe(true);
    expect(await heard('second', 1)).toBe(false);
    expect(await heard('third', 2)).toBe(false);
  });

  test('each list is searched to the same depth, whatever is wanted of them', async () => {
    const deep = {
      first: list(...Array.from({ length: 150 }, (_, i) => `a${i}`)),
      second: list(...Array.from({ length: 150 }, (_, i) => `b${i}`)),
    };
    const whole = idsOf(await matchAll(ports(deep), ['first', 'second'], { ...plain, limit: HITS_MAX }));
    expect(whole).toHaveLength(HITS_MAX);
    for (const limit of [1, 7, 50])
      expect(idsOf(await matchAll(ports(deep), ['first', 'second'], { ...plain, limit }))).toEqual(whole.slice(0, limit));
  });

  test('a document that changes between two of the searches is seen in one version only', async () => {
    let calls = 0;
    const two = { first: [{ id: 'a', score: 1, documentId: 'x' }], second: [{ id: 'b', score: 1, documentId: 'x' }] };
    // Its first search meets the old version, all later ones the new.
    const changing = ports(two, () => (calls++ === 0 ? '1' : '2'));
    await matchAll(changing, ['first', 'second'], plain);
    expect(calls).toBe(4);
  });
});

const writer = (complete: Completer['complete']) => ({ numCtx: 4_096, complete: vi.fn(complete) });
const question = 'When is it baked?';
/** Every word of it stands in some passage. */
const silent: Pick<MatchPorts, 'known' | 'find'> = {
  known: ports({}).known,
  find: async ({ probes }) => ({ dense: [], sparse: null, probes: probes.map(() => 1), left: null }),
};
const unavailable = new Failure({ code: 'dependency_unavailable', dependency: 'ollama_generation', breaker: 'open', retryAfterMs: 1 });
const late = new Failure({ code: 'deadline_exceeded', dependency: 'ollama_generation' });
const fault = (kind: Fault) => new UpstreamFault('ollama_generation', kind);
const DONE_WITHOUT = [unavailable, late, fault({ kind: 'model_missing', model: 'm' }), fault({ kind: 'status', status: 400 })];
const NOT_OURS = [
  fault({ kind: 'caller_left' }),
  new Failure({ code: 'deadline_exceeded', dependency: 'qdrant_search' }),
  new TypeError('a bug'),
];

describe('a writer that fails', () => {
  const history = [{ role: 'user' as const, content: 'What is sourdough?' }];

  test.each(DONE_WITHOUT)('%o costs the rewriting only', async (error) => {
    const failing = writer(async () => {
      throw error;
    });
    expect(await understand(failing, silent, { question, history: [], rewrite: 'multi' })).toMatchObject({
      question,
      queries: [question],
      degraded: ['rewrite_failed:original_question'],
    });
    expect((await understand(failing, silent, { question, history, rewrite: 'off' })).queries).toEqual([`${question} sourdough`]);
    expect(failing.complete).toHaveBeenCalledTimes(2);
  });

  test.each(DONE_WITHOUT)('%o costs the ranking only', async (error) => {
    const failing = writer(async () => {
      throw error;
    });
    const found = await retrieve(ports({ q: list('a', 'b', 'c') }), failing, {
      ...plain,
      queries: ['q'],
      wordings: 1,
      question,
      rerank: true,
    });
    expect(idsOf(found)).toEqual(['a', 'b', 'c']);
    expect(found.degraded).toEqual(['rerank_failed:fused_order']);
    expect(failing.complete).toHaveBeenCalledTimes(1);
  });

  test.each(NOT_OURS)('%o is not passed over', async (error) => {
    const failing = writer(async () => {
      throw error;
    });
    await expect(understand(failing, silent, { question, history: [], rewrite: 'single' })).rejects.toBe(error);
    await expect(
      retrieve(ports({ q: list('a', 'b') }), failing, { ...plain, queries: ['q'], wordings: 1, question, rerank: true }),
    ).rejects.toBe(error);
  });
});

describe('a writer that answers', () => {
  test('is asked with bounds on its time and its length', async () => {
    const answering = writer(async () => '{"queries": ["x"], "ranking": [2]}');
    await understand(answering, silent, { question, history: [], rewrite: 'single' });
    await retrieve(ports({ q: list('a', 'b') }), answering, { ...plain, queries: ['q'], wordings: 1, question, rerank: true });
    expect(answering.complete.mock.calls.map(([, { maxTokens, withinMs }]) => [maxTokens, withinMs])).toEqual([
      [REWRITE_TOKENS, REWRITE_MS],
      [RERANK_TOKENS, RERANK_MS],
    ]);
  });

  test('with a rewording, is searched with it beside the question, which hangs on a conversation or is what is asked', async () => {
    const rewording = writer(async () => '{"queries": ["baking time of sourdough"]}');
    const queries = ['baking time of sourdough'];
    expect(await understand(rewording, silent, { question, history: [], rewrite: 'single' })).toMatchObject({
      question,
      queries: [question, ...queries],
      wordings: 2,
    });
    const history = [{ role: 'user' as const, content: 'What is sourdough?' }];
    expect(await understand(rewording, silent, { question, history, rewrite: 'off' })).toMatchObject({ question: queries[0], queries });
  });

  test('with the question itself, adds no query and has not failed', async () => {
    const repeating = writer(async () => JSON.stringify({ queries: [question.toUpperCase()] }));
    expect(await understand(repeating, silent, { question, history: [], rewrite: 'multi' })).toMatchObject({
      queries: [question],
      degraded: [],
    });
  });

  test('with hundreds of queries, gets three', async () => {
    const many = writer(async () => JSON.stringify({ queries: Array.from({ length: 500 }, (_, i) => `query ${i}`) }));
    const { queries } = await understand(many, silent, { question, history: [], rewrite: 'multi' });
    expect(queries).toEqual([question, 'query 0', 'query 1', 'query 2']);
  });

  test('ranks the best twenty whatever is wanted of them, and the others follow as they were', async () => {
    const backwards = writer(async () => JSON.stringify({ ranking: Array.from({ length: 40 }, (_, i) => 40 - i) }));
    const ids = Array.from({ length: 30 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    const ask = async (limit: number) =>
      idsOf(
        await retrieve(ports({ q: list(...ids) }), backwards, { ...plain, limit, queries: ['q'], wordings: 1, question, rerank: true }),
      );
    const expected = [...ids.slice(0, 20).toReversed(), ...ids.slice(20)];
    for (const limit of [1, 3, 19, 20, 21, 30]) expect(await ask(limit)).toEqual(expected.slice(0, limit));
  });

  test('is not asked to rank what is not worth it', async () => {
    const never = writer(async () => '{"ranking": [2, 1]}');
    const request = { ...plain, limit: 2, queries: ['q'], wordings: 1, question, rerank: true };
    expect(idsOf(await retrieve(ports({ q: list('a', 'b', 'c') }), never, request, () => false))).toEqual(['a', 'b']);
    expect(never.complete).not.toHaveBeenCalled();
  });
});
