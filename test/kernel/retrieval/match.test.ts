import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { match, type MatchPorts, type MatchRequest } from '../../../functions/_kernel/retrieval/match.ts';

type Passage = { dense: number; sparse: number; document: number };
const TEXTS = ['a breaker recovers', 'the probe succeeds', 'bread needs flour', 'an oven is hot'];

/** Ports over passages whose scores are given; `known` is what each probe finds. */
function ports(passages: readonly Passage[], known: readonly (number | null)[]): MatchPorts {
  const candidates = (of: 'dense' | 'sparse') =>
    passages
      .map((one, at) => ({ id: `p${at}`, score: one[of], documentId: `d${one.document}`, version: '1' }))
      .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return {
    clock: () => 0,
    embed: async () => [1],
    known: async () => ({ language: 'en', levels: { passages: 50, words: 1, dense: null }, denseWeight: 0.1 }),
    find: async ({ dense, sparse, probes }) => ({
      dense: dense === null ? [] : candidates('dense'),
      sparse: sparse === null ? null : candidates('sparse').filter(({ score }) => score > 0),
      probes: probes.map((_, at) => known[at % known.length] ?? null),
      left: null,
    }),
    resolve: async (found) => ({
      moved: false,
      passages: new Map(
        found.map(({ id, documentId }) => {
          const text = `${TEXTS[Number(id.slice(1)) % TEXTS.length]} ${id}`;
          const rest = { headings: [], start: 0, end: text.length, title: null, url: null, metadata: {} };
          return [id, { chunkId: id, documentId, text, ...rest }];
        }),
      ),
    }),
  };
}

const passage = fc.record({
  dense: fc.double({ min: -1, max: 1, noNaN: true }),
  sparse: fc.double({ min: 0, max: 20, noNaN: true }),
  document: fc.nat(3),
});
const options = fc.record({
  mode: fc.constantFrom('hybrid' as const, 'dense' as const, 'sparse' as const),
  diversity: fc.constantFrom(0, 0.5),
  scoreThreshold: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  maxPerDocument: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

test('with evidence asked for, the first k of a longer list are the shorter list, and the verdict is the same for every k', async () => {
  const known = fc.array(fc.option(fc.double({ min: 0, max: 20, noNaN: true })), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(passage, { maxLength: 40 }), known, options, fc.integer({ min: 1, max: 20 }), async (all, found, rest, k) => {
      const request: MatchRequest = { ...rest, text: 'How does a braeker recover?', limit: 20, evidence: true };
      const long = await match(ports(all, found), request);
      const short = await match(ports(all, found), { ...request, limit: k });
      expect(short.hits).toEqual(long.hits.slice(0, k));
      expect(short.evidence).toBe(long.evidence);
      const without = await match(ports(all, found), { ...request, evidence: false });
      expect(without.hits).toEqual(long.hits);
      expect(without.evidence).toBeNull();
    }),
  );
});

test('a search asks nothing of its words one by one unless evidence is wanted', async () => {
  const asked: number[] = [];
  const watched = { ...ports([], [null]) };
  const find = watched.find.bind(watched);
  watched.find = async (wanted) => {
    asked.push(wanted.probes.length);
    return find(wanted);
  };
  await match(watched, { text: 'How does a breaker recover?', mode: 'hybrid', limit: 5, diversity: 0 });
  expect(asked).toEqual([0]);
});

test('a refusal that a slip explains is taken back with one more request, and one that it does not is not', async () => {
  const texts = [{ dense: 0.5, sparse: 5, document: 0 }];
  const requests: number[] = [];
  const mended = (second: (number | null)[]): MatchPorts => {
    const plain = ports(texts, [1, null, 5]);
    return {
      ...plain,
      async find(wanted) {
        requests.push(wanted.probes.length);
        const found = await plain.find(wanted);
        return requests.length === 1 ? found : { ...found, probes: second };
      },
    };
  };
  const request: MatchRequest = { text: 'How does a braeker recover?', mode: 'hybrid', limit: 5, diversity: 0, evidence: true };
  expect((await match(mended([9, 4, 5]), request)).evidence).toBe(true);
  expect(requests).toEqual([3, 3]);
  requests.length = 0;
  expect((await match(mended([1, 4, 5]), request)).evidence).toBe(false);
});
