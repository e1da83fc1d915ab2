import { describe, expect, test } from 'vitest';
import { connect } from '../../../functions/_kernel/connect.ts';
import { createCollection } from '../../../functions/_kernel/corpus/collections.ts';
import { NO_CHOICE, type Fingerprint } from '../../../functions/_kernel/corpus/fingerprint.ts';
import { stage } from '../../../functions/_kernel/corpus/jobs.ts';
import { readEnv } from '../../../functions/_kernel/env.ts';
import { json, scriptedServers } from '../upstreams/scripted.ts';

const serve = scriptedServers();

/** What Qdrant is sent when a collection and the collection of jobs are made, by a Qdrant that has neither. */
async function made(variables: Record<string, string>): Promise<Record<string, unknown>[]> {
  let jobs = false;
  const { url, seen } = await serve((response, request) => {
    const path = request.url ?? '';
    if (request.method === 'PUT' && path.startsWith('/collections/_rag_jobs')) {
      const exists = jobs;
      jobs ||= !path.includes('/points');
      return path.includes('/points') && !exists
        ? json(404, { status: { error: 'Not found' } })(response)
        : json(200, { result: true })(response);
    }
    return request.method === 'GET' ? json(404, { status: { error: 'Not found' } })(response) : json(200, { result: true })(response);
  });
  const env = readEnv({
    SERVICE_TOKEN: 'service-token-of-the-tests-0123456789',
    QDRANT_URL: url,
    OLLAMA_URL: url,
    OLLAMA_EMBEDDING_MODEL: 'm',
    OLLAMA_GENERATION_MODEL: 'm',
    REDIS_URL: 'redis://127.0.0.1:1',
    ...variables,
  });
  const { corpus } = connect(env, {
    requestId: 'r',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (work) => void work.catch(() => {}),
    atEnd: () => {},
  });
  const store = corpus('ann');
  const fingerprint = { dimension: 3 } as Fingerprint;
  await createCollection(store, { name: 'c', description: null, fingerprint, chosen: NO_CHOICE, createdAt: '' });
  await stage(store, { jobId: crypto.randomUUID(), collection: 'c', bodyHash: '', createdAt: '', createdAtMs: 0 }, []);
  const creations = seen.filter(({ method, path }) => method === 'PUT' && /^\/collections\/[^/]+$/.test(path));
  return creations.map(({ body }) => body as Record<string, unknown>);
}

describe('a new collection', () => {
  test('in a cluster has the copies and the acknowledgements it is configured with, the jobs too', async () => {
    const created = await made({ QDRANT_REPLICATION_FACTOR: '3', QDRANT_WRITE_CONSISTENCY_FACTOR: '2', QDRANT_SHARD_NUMBER: '6' });
    expect(created).toHaveLength(2);
    for (const one of created) expect(one).toMatchObject({ shard_number: 6, replication_factor: 3, write_consistency_factor: 2 });
  });

  test("without configuration is left to Qdrant's own defaults", async () => {
    const created = await made({ QDRANT_REPLICATION_FACTOR: '' });
    expect(created).toHaveLength(2);
    for (const one of created) expect(Object.keys(one).filter((key) => /shard|replication|consistency/.test(key))).toEqual([]);
  });
});

test.each(['0', '100', '3.5', 'three'])('a replication factor of %s is refused by name', (value) => {
  expect(() => readEnv({ QDRANT_REPLICATION_FACTOR: value })).toThrow('QDRANT_REPLICATION_FACTOR must be a whole number from 1 to 99');
});
