import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as names from '../../../functions/_kernel/corpus/names.ts';

const { aliasOf, collectionOf, documentPointId, jobIdOf, physicalOf, tenantOf } = names;
const UUID_V5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const collection = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/);

test('two consumers never get the same tenant, whatever they are called', () => {
  const consumer = fc.oneof(
    collection,
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.stringMatching(/^h-[0-9a-f-]{1,36}$/),
    fc.constantFrom('bob', 'Bob', 'bob.docs', 'bob.', '../bob', '_rag_jobs'),
  );
  fc.assert(fc.property(consumer, consumer, (a, b) => (tenantOf(a) === tenantOf(b)) === (a === b)));
});

test('a hashed name cannot be claimed by a consumer who is called so', () => {
  const hashed = tenantOf('Bob');
  expect(tenantOf(hashed)).not.toBe(hashed);
});

test("a tenant's name fits Qdrant, and no alias is read as another tenant's or as the jobs'", () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), collection, (a, b, name) => {
      const alias = aliasOf(tenantOf(a), name);
      expect(alias).toMatch(/^[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*$/);
      expect(collectionOf(tenantOf(a), alias)).toBe(name);
      if (a !== b) expect(collectionOf(tenantOf(b), alias)).toBeNull();
      expect(physicalOf(tenantOf(a), name, 2)).toBe(`${alias}.v2`);
    }),
  );
});

test('ids are UUIDs of version 5, the same for the same and another for another', () => {
  fc.assert(
    fc.property(collection, collection, fc.string(), fc.string(), (one, other, a, b) => {
      const id = documentPointId(one, a);
      expect(id).toMatch(UUID_V5);
      expect(documentPointId(one, a)).toBe(id);
      expect(documentPointId(other, b) === id).toBe(one === other && a === b);
    }),
  );
});

test('a job is found by its idempotency key, for its own tenant only, and never by the seed of another', () => {
  const key = { idempotencyKey: 'k' };
  expect(jobIdOf(tenantOf('ann'), key)).toBe(jobIdOf(tenantOf('ann'), key));
  expect(jobIdOf(tenantOf('bob'), key)).not.toBe(jobIdOf(tenantOf('ann'), key));
  expect(jobIdOf(tenantOf('ann'), { seed: 'k' })).not.toBe(jobIdOf(tenantOf('ann'), key));
});
