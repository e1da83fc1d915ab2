import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem } from '../call.ts';
import { LIBRARY, put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test("404: another tenant's collection and one that nobody has are the same to the letter", async () => {
  await put(world, LIBRARY, 'secrets', { tenant: 'bob' });
  const ask = (collection: string, tenant: string) =>
    call(search, world.env, {
      path: '/search',
      json: { query: 'breaker', collection },
      as: { tenant },
      headers: { 'x-request-id': 'same' },
    });
  const others = await ask('secrets', 'ann');
  const nobodys = await ask('nothing', 'ann');
  expectProblem(others, 404, 'collection_not_found');
  expect(others.text).toBe(nobodys.text);
  expect((await ask('secrets', 'bob')).body.hits.length).toBeGreaterThan(0);
});

test.each([
  ['a tenant whose name begins with another one', 'bo'],
  ['a tenant in capitals', 'Bob'],
  ['a tenant that spells a name in Qdrant', 'bob.secrets'],
  ['a tenant that spells a physical name', 'bob.secrets.v1'],
])('404: %s does not reach it', async (_, tenant) => {
  const answer = await call(search, world.env, { path: '/search', json: { query: 'breaker', collection: 'secrets' }, as: { tenant } });
  expectProblem(answer, 404, 'collection_not_found');
});

test('404: the name of the tenant is the custom id, and only without one the user name', async () => {
  const headers = { 'x-consumer-username': 'bob' };
  const json = { query: 'breaker', collection: 'secrets' };
  expectProblem(await call(search, world.env, { path: '/search', json, headers, as: { tenant: 'ann' } }), 404, 'collection_not_found');
  const named = await call(search, world.env, { path: '/search', json, headers, as: { tenant: '' } });
  expect(named.status, named.text).toBe(200);
});
