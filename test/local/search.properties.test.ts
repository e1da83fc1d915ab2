import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import search from '../../functions/search/worker.ts';
import type { Hit } from '../../functions/_kernel/http/fields.ts';
import { closeRedisPool } from '../../functions/_kernel/upstreams/redis.node.ts';
import type { SearchResponse } from '../../functions/search/contract.ts';
import { SERVICE_TOKEN, openWorld, type World } from '../../local/eval/world.ts';
import { call, expectStatus, type Asked } from '../functions/call.ts';

// Properties of a search through the function, over documents that repeat words, passages and each other.

const WORDS = 'breaker redis opens probe closes kafka Straße naïve 检索 🙂 camelCase snake_case v2 is the of'.split(' ');
let random = 3;
const word = () => WORDS[(random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % WORDS.length]!;
const sentence = () => `${Array.from({ length: 9 }, word).join(' ')}. `;
const text = (sentences: number) => Array.from({ length: sentences }, sentence).join('');
const DOCUMENTS = Array.from({ length: 24 }, (_, i) => ({
  id: `d${i}`,
  title: word(),
  text: text(1 + (i % 5) * 9),
  metadata: { part: i % 3 },
}));
DOCUMENTS.push({ ...DOCUMENTS[4]!, id: 'twin' });

let world: World;
const texts = new Map<string, string>();
type Tenant = 'forth' | 'back';
const asked = async (tenant: Tenant, app: Parameters<typeof call>[0], one: Asked) => {
  const answer = await call(app, world.env, { ...one, as: { tenant, token: SERVICE_TOKEN } });
  expectStatus(answer, 200);
  return answer.body as unknown;
};

beforeAll(async () => {
  world = await openWorld({});
  // Two tenants, one name: chunk ids, which order what is equal, follow from the collection's name and not from the tenant.
  await asked('forth', ingest, { path: '/ingest?wait=30000', json: { documents: DOCUMENTS } });
  await asked('back', ingest, { path: '/ingest?wait=30000', json: { documents: DOCUMENTS.toReversed() } });
  for (const { id } of DOCUMENTS) {
    const { text: stored } = (await asked('forth', collections, { path: `/collections/default/documents/${id}` })) as { text: string };
    texts.set(id, stored);
  }
}, 300_000);

afterAll(async () => {
  closeRedisPool();
  await world.close();
});

const questions = fc
  .array(fc.constantFrom(...WORDS, 'braeker', '???', 'zyzzyva'), { minLength: 1, maxLength: 6 })
  .map((words) => words.join(' '));
const requests = fc.record(
  {
    query: questions,
    mode: fc.constantFrom('hybrid', 'dense', 'sparse'),
    scoreThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
    diversity: fc.constantFrom(0, 0.3, 1),
    maxPerDocument: fc.integer({ min: 1, max: 3 }),
    filter: fc.constantFrom({ must: [{ key: 'part', match: 1 }] }, { mustNot: [{ key: 'part', any: [0, 2] }] }),
  },
  { requiredKeys: ['query', 'mode'] },
);
type Request = Record<string, unknown>;
const hitsOf = async (request: Request, limit: number, tenant: Tenant = 'forth'): Promise<Hit[]> =>
  ((await asked(tenant, search, { path: '/search', json: { ...request, limit } })) as SearchResponse).hits;

test('the first k hits of a longer list are the shorter list, in every mode, with threshold, filter, MMR and caps', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 19 }), async (request, k) => {
      expect(await hitsOf(request, k)).toEqual((await hitsOf(request, 20)).slice(0, k));
    }),
    { numRuns: inject('propertyRuns') },
  );
}, 300_000);

test('every hit is a slice of its stored text, its scores are numbers, and the fused one lies in 0–1 above the threshold', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const hits = await hitsOf(request, 100);
      expect(new Set(hits.map(({ chunkId }) => chunkId)).size).toBe(hits.length);
      const perDocument = Map.groupBy(hits, ({ documentId }) => documentId);
      for (const list of perDocument.values()) expect(list.length).toBeLessThanOrEqual(request.maxPerDocument ?? Infinity);
      for (const { text: shown, span, documentId, scores } of hits) {
        expect(shown).toBe(texts.get(documentId)?.slice(span.start, span.end));
        for (const score of [scores.dense, scores.sparse]) expect(score === null || Number.isFinite(score)).toBe(true);
        expect(scores.fused).toBeGreaterThanOrEqual(request.scoreThreshold ?? 0);
        expect(scores.fused).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: inject('propertyRuns') },
  );
}, 300_000);

test('the order in which documents came does not change what is found', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      expect(await hitsOf(request, 100, 'back')).toEqual(await hitsOf(request, 100));
    }),
    { numRuns: inject('propertyRuns') },
  );
}, 300_000);
