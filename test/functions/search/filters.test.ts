import { beforeAll, expect, test } from 'vitest';
import { reindex } from '../../../functions/ingest/reindex.ts';
import { work } from '../../../functions/ingest/work.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus } from '../call.ts';
import { put, type Given } from '../corpus.ts';
import { workContext } from '../ingest/dying-worker.ts';
import { useWorld } from '../world.ts';

// New collections of this world are in Qdrant's strict mode, which refuses to filter by what has no index.

const world = useWorld();
const lantern = (id: string, metadata: NonNullable<Given['metadata']>): Given => ({ id, text: `A lantern of the kind ${id}.`, metadata });
beforeAll(async () => {
  await put(world, [lantern('a', { lit: true, size: [1, 5], 'a-b_C': 'x=y"' }), lantern('b', { lit: false, size: 3 }), lantern('c', {})]);
  await put(world, [lantern('d', { weight: 2.5, size: 'large' })]); // a number that no document had before
  await put(world, [lantern('a', { lit: true }), lantern('b', { size: 3 })], 'rebuilt');
  const context = workContext(world);
  await work(context, await reindex(context, 'rebuilt', false));
});

test('a collection has ranges for 64 numeric keys; a document with more is indexed and matched, and its job says what it lacks', async () => {
  const keys = (from: number, to: number) => Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`k${from + i}`, from + i]));
  await put(world, [lantern('a', keys(0, 60))], 'numerous');
  const answer = await put(world, [lantern('b', { ...keys(59, 66), z: 'text' })], 'numerous');
  expect(answer.body).toMatchObject({
    state: 'partial',
    documents: { done: 1, failed: 0 },
    failures: [{ documentId: 'b', code: 'ranges_exhausted' }],
  });
  expect(answer.body.failures[0].detail).toContain('k64, k65');
  const inNumerous = { collection: 'numerous' };
  expect(await found({ must: [{ key: 'k63', range: { gte: 63 } }] }, inNumerous)).toEqual(['b']);
  expect(await found({ must: [{ key: 'k64', match: 64 }] }, inNumerous)).toEqual(['b']);
  expect(await found({ must: [{ key: 'k64', range: { gte: 64 } }] }, inNumerous)).toEqual([]);
});

async function found(filter: object, rest: object = {}): Promise<string[]> {
  const answer = await call(search, world.env, { path: '/search', json: { query: 'lantern', filter, limit: 50, ...rest } });
  expectStatus(answer, 200);
  return answer.body.hits.map(({ documentId }: { documentId: string }) => documentId).toSorted();
}

const CASES: [string, object, string[]][] = [
  ['match of a boolean', { must: [{ key: 'lit', match: true }] }, ['a']],
  ['match of false', { must: [{ key: 'lit', match: false }] }, ['b']],
  ['match of a number in a list', { must: [{ key: 'size', match: 5 }] }, ['a']],
  ['match of odd characters', { must: [{ key: 'a-b_C', match: 'x=y"' }] }, ['a']],
  ['any of mixed types', { must: [{ key: 'size', any: [3, 'large', true] }] }, ['b', 'd']],
  ['range over a list', { must: [{ key: 'size', range: { gt: 4 } }] }, ['a']],
  ['range over a number of a later job', { must: [{ key: 'weight', range: { lte: 2.5 } }] }, ['d']],
  ['an empty range', { must: [{ key: 'size', range: {} }] }, ['a', 'b']],
  [
    'range in should',
    {
      should: [
        { key: 'size', range: { lt: 2 } },
        { key: 'lit', match: false },
      ],
    },
    ['a', 'b'],
  ],
  ['range in mustNot', { mustNot: [{ key: 'size', range: { gte: 3 } }] }, ['c', 'd']],
  [
    'all three',
    { must: [{ key: 'size', range: { gte: 1 } }], should: [{ key: 'lit', any: [true, false] }], mustNot: [{ key: 'size', match: 3 }] },
    ['a'],
  ],
  ['an unknown key', { must: [{ key: 'unknown', match: 'x' }] }, []],
  ['a key that no metadata can have', { must: [{ key: 'author.name', match: 'x' }] }, []],
  ['such a key in a range', { must: [{ key: 'numbers.size', range: { gt: 0 } }] }, []],
  ['a path into a list', { must: [{ key: 'size[0]', range: { gt: 0 } }] }, []],
  ['none of what a key that no metadata can have says', { mustNot: [{ key: 'author.name', any: ['x'] }] }, ['a', 'b', 'c', 'd']],
  ['a key that tries to be a label', { must: [{ key: 'lit=true', match: true }] }, []],
  ['an unknown key in any', { must: [{ key: 'unknown', any: ['x', 1] }] }, []],
  ['an unknown key in a range', { must: [{ key: 'unknown', range: { gt: 0 } }] }, []],
  [
    'unknown keys in should',
    {
      should: [
        { key: 'unknown', match: 1 },
        { key: 'unknown', range: { gt: 0 } },
      ],
    },
    [],
  ],
  [
    'unknown keys in mustNot',
    {
      mustNot: [
        { key: 'unknown', match: 1 },
        { key: 'unknown', range: { gt: 0 } },
      ],
    },
    ['a', 'b', 'c', 'd'],
  ],
  ['nothing', { must: [], should: [], mustNot: [] }, ['a', 'b', 'c', 'd']],
];
test.each(CASES)('200 in strict mode: %s', async (_, filter, expected) => {
  for (const mode of ['hybrid', 'dense', 'sparse']) expect(await found(filter, { mode }), mode).toEqual(expected);
});

test('200 in strict mode: a range after a reindexing', async () => {
  expect(await found({ must: [{ key: 'size', range: { gte: 3 } }] }, { collection: 'rebuilt' })).toEqual(['b']);
  expect(await found({ must: [{ key: 'lit', match: true }] }, { collection: 'rebuilt' })).toEqual(['a']);
});
