import { describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, "Concepts: Collections" and docs/redoc (Collections, Aliases).
describe('qdrant: collections', () => {
  test('a sparse vector has a name: 400 without', async () => {
    expect(await target.call('PUT', `/collections/${target.fresh()}`, { sparse_vectors: { '': {} } })).toMatchObject({
      status: 400,
      body: problem('Wrong input: Sparse vector name cannot be empty'),
    });
  });

  test('a new name without what a file name cannot have: 422; an old one may have all but a slash', async () => {
    for (const [name, char] of [
      ['a/b', '/'],
      ['a:b', ':'],
      ['a?', '?'],
      ['a\u001f', '\u001f'],
    ] as const)
      // prettier-ignore
      expect(await target.call('PUT', `/collections/${encodeURIComponent(name)}`, { vectors: {} })).toMatchObject({
        status: 422,
        body: problem(`Validation error in path parameters: [collection_name: collection name cannot contain "${char}" char]`),
      });
    expect((await target.call('GET', `/collections/${encodeURIComponent('a/b')}`)).status).toBe(422);
    expect((await target.call('GET', `/collections/${encodeURIComponent('a:b')}`)).status).toBe(404);
  });

  test('create: named dense and sparse vectors, tuning and metadata are shown as they were given', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 4, distance: 'Cosine', on_disk: true } },
      sparse_vectors: { lexical: { modifier: 'idf' } },
      hnsw_config: { m: 32 },
      optimizers_config: { indexing_threshold: 5_000 },
      quantization_config: { scalar: { type: 'int8', always_ram: true } },
      metadata: { fingerprint: 'model-a', dimension: 4 },
    });
    expect(await target.client.getCollection(name)).toMatchObject({
      status: 'green',
      points_count: 0,
      payload_schema: {},
      config: {
        params: { vectors: { dense: { size: 4, distance: 'Cosine', on_disk: true } }, sparse_vectors: { lexical: { modifier: 'idf' } } },
        hnsw_config: { m: 32, ef_construct: 100 },
        optimizer_config: { indexing_threshold: 5_000 },
        quantization_config: { scalar: { type: 'int8' } },
        metadata: { fingerprint: 'model-a', dimension: 4 },
      },
    });
  });

  test('create: a collection may have no vectors at all', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {} });
    await target.client.upsert(name, { wait: true, points: [{ id: 1, vector: {}, payload: { a: 1 } }] });
    expect((await target.client.getCollection(name)).points_count).toBe(1);
  });

  test('update: tuning and metadata change, vectors stay', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: { size: 4, distance: 'Dot' }, metadata: { a: 1, b: 2 } });
    const patched = await target.call('PATCH', `/collections/${name}`, {
      metadata: { b: 3, c: 4 },
      hnsw_config: { ef_construct: 200 },
    });
    expect(patched).toMatchObject({ status: 200, body: { result: true, status: 'ok' } });
    const { config } = await target.client.getCollection(name);
    expect(config.params.vectors).toMatchObject({ size: 4, distance: 'Dot' });
    expect(config).toMatchObject({ hnsw_config: { m: 16, ef_construct: 200 }, metadata: { a: 1, b: 3, c: 4 } });
  });

  test('list and exists: what was created is there, by its name and by its alias', async () => {
    const [name, alias] = [target.fresh(), target.fresh()];
    await target.client.createCollection(name, { vectors: {} });
    await target.client.updateCollectionAliases({ actions: [{ create_alias: { alias_name: alias, collection_name: name } }] });
    expect((await target.client.getCollections()).collections).toContainEqual({ name });
    expect(await target.client.collectionExists(name)).toEqual({ exists: true });
    expect(await target.client.collectionExists(target.fresh())).toEqual({ exists: false });
  });

  test('create: 409 for a name that is taken', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {} });
    expect(await target.call('PUT', `/collections/${name}`, { vectors: {} })).toMatchObject({
      status: 409,
      body: problem(`Wrong input: Collection \`${name}\` already exists!`),
    });
  });

  test('delete: true once, false for what is not there', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {} });
    expect(await target.client.deleteCollection(name)).toBe(true);
    expect(await target.call('DELETE', `/collections/${name}`)).toMatchObject({ status: 200, body: { result: false } });
  });

  test('404: names the collection that does not exist', async () => {
    const name = target.fresh();
    const missing = { status: 404, body: problem(`Not found: Collection \`${name}\` doesn't exist!`) };
    expect(await target.call('GET', `/collections/${name}`)).toMatchObject(missing);
    expect(await target.call('POST', `/collections/${name}/points/query`, { limit: 1 })).toMatchObject(missing);
    expect(await target.call('PUT', `/collections/${name}/points`, { points: [{ id: 1, vector: {} }] })).toMatchObject(missing);
  });

  test.each([
    ['size 0', { vectors: { size: 0, distance: 'Cosine' } }, [400, 422]],
    ['size 65537', { vectors: { size: 65_537, distance: 'Cosine' } }, [422]],
    ['an unknown distance', { vectors: { size: 4, distance: 'Cosinus' } }, [400]],
    ['ef_construct under 4', { vectors: {}, hnsw_config: { ef_construct: 1 } }, [422]],
    ['no replicas', { vectors: {}, replication_factor: 0 }, [422]],
  ])('create: %s is refused', async (_, body, statuses) => {
    const answer = await target.call('PUT', `/collections/${target.fresh()}`, body);
    expect(statuses, JSON.stringify(answer)).toContain(answer.status);
  });
});

describe('qdrant: aliases', () => {
  test('every route works through an alias, and a switch happens in one action', async () => {
    const [first, second, alias] = [target.fresh(), target.fresh(), target.fresh()];
    for (const [name, text] of [
      [first, 'old'],
      [second, 'new'],
    ] as const) {
      await target.client.createCollection(name, { vectors: {} });
      await target.client.upsert(name, { wait: true, points: [{ id: 1, vector: {}, payload: { text } }] });
    }
    const point = async () => (await target.client.retrieve(alias, { ids: [1] }))[0]?.payload;
    await target.client.updateCollectionAliases({ actions: [{ create_alias: { alias_name: alias, collection_name: first } }] });
    expect(await point()).toEqual({ text: 'old' });
    await target.client.updateCollectionAliases({
      actions: [{ delete_alias: { alias_name: alias } }, { create_alias: { alias_name: alias, collection_name: second } }],
    });
    expect(await point()).toEqual({ text: 'new' });
    // create_alias alone overwrites as well.
    await target.client.updateCollectionAliases({ actions: [{ create_alias: { alias_name: alias, collection_name: first } }] });
    expect(await point()).toEqual({ text: 'old' });
    expect(await target.client.getCollectionAliases(first)).toEqual({ aliases: [{ alias_name: alias, collection_name: first }] });
    expect((await target.client.getAliases()).aliases).toContainEqual({ alias_name: alias, collection_name: first });
  });

  test('rename and delete', async () => {
    const [name, alias, other] = [target.fresh(), target.fresh(), target.fresh()];
    await target.client.createCollection(name, { vectors: {} });
    await target.client.updateCollectionAliases({ actions: [{ create_alias: { alias_name: alias, collection_name: name } }] });
    await target.client.updateCollectionAliases({ actions: [{ rename_alias: { old_alias_name: alias, new_alias_name: other } }] });
    expect(await target.client.getCollectionAliases(name)).toEqual({ aliases: [{ alias_name: other, collection_name: name }] });
    await target.client.updateCollectionAliases({ actions: [{ delete_alias: { alias_name: other } }] });
    expect(await target.client.getCollectionAliases(name)).toEqual({ aliases: [] });
  });

  test('404: an alias cannot point at what does not exist, and nothing of the request happens', async () => {
    const [name, good, bad] = [target.fresh(), target.fresh(), target.fresh()];
    await target.client.createCollection(name, { vectors: {} });
    const answer = await target.call('POST', '/collections/aliases', {
      actions: [
        { create_alias: { alias_name: bad, collection_name: target.fresh() } },
        { create_alias: { alias_name: good, collection_name: name } },
      ],
    });
    expect(answer.status).toBe(404);
    expect(await target.client.getCollectionAliases(name)).toEqual({ aliases: [] });
  });

  test('deleting a collection deletes its aliases', async () => {
    const [name, alias] = [target.fresh(), target.fresh()];
    await target.client.createCollection(name, { vectors: {} });
    await target.client.updateCollectionAliases({ actions: [{ create_alias: { alias_name: alias, collection_name: name } }] });
    await target.client.deleteCollection(name);
    expect((await target.call('GET', `/collections/${alias}`)).status).toBe(404);
  });
});
