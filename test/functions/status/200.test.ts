import { afterEach, expect, test } from 'vitest';
import { breakerView, healthResponse, statusResponse } from '../../../functions/status/contract.ts';
import status from '../../../functions/status/worker.ts';
import { call, expectStatus } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { namesItsRequests } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld({}, { REDIS_TIMEOUT_MS: '300' });
useLibrary(world);
afterEach(async () => world.mend());
const health = () => call(status, world.env, { path: '/status/health', as: { token: null, tenant: '', roles: '' } });
const steer = (name: string, state: string) => call(status, world.env, { path: `/status/breakers/${name}`, json: { state } });

test('200: health is open to everyone and spends no upstream call', async () => {
  const before = await world.calls();
  const answer = await health();
  expectStatus(answer, 200);
  expect(healthResponse.parse(answer.body)).toEqual({
    status: 'healthy',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    circuitBreakers: { ollama_embedding: 'closed', ollama_generation: 'closed', qdrant_search: 'closed', qdrant_write: 'closed' },
    redis: 'up',
  });
  expect(await world.calls()).toEqual(before);
});

test('200: without Redis health is degraded', async () => {
  await world.fault('redis', { mode: 'down' });
  expect((await health()).body).toMatchObject({ status: 'degraded', redis: 'down' });
});

test.each(['ollama_embedding', 'ollama_generation', 'qdrant_write'])('200: with %s isolated health is degraded', async (name) => {
  expectStatus(await steer(name, 'isolated'), 200);
  const answer = await health();
  expectStatus(answer, 200);
  expect(answer.body).toMatchObject({ status: 'degraded', circuitBreakers: { [name]: 'isolated' } });
});

test('200: status shows each dependency: up, how quick, which version, what it has', async () => {
  const answer = await call(status, world.env, { path: '/status' });
  expectStatus(answer, 200);
  expect(statusResponse.parse(answer.body)).toEqual(answer.body);
  expect(answer.body.dependencies).toMatchObject({
    qdrant: { up: true, version: expect.stringMatching(/^\d/), collections: 1, problem: null },
    ollama: {
      up: true,
      version: expect.stringMatching(/^\d/),
      models: [
        { name: 'emulated-embed', role: 'embedding', present: true },
        { name: 'emulated-extract', role: 'generation', present: true },
      ],
    },
    redis: { up: true, problem: null },
  });
});

test.each(['qdrant', 'ollama', 'redis'] as const)(
  '200: status says that %s is down, in our words, and shows the others',
  async (service) => {
    await world.fault(service, { mode: 'down' });
    const answer = await call(status, world.env, { path: '/status' });
    expectStatus(answer, 200);
    for (const [name, { up, problem }] of Object.entries<{ up: boolean; problem: string | null }>(answer.body.dependencies))
      expect({ name, up, problem }).toEqual({
        name,
        up: name !== service,
        problem: name === service ? expect.stringMatching(/refused|no answer/) : null,
      });
    expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
  },
);

test('200: a model that was never pulled is shown as missing', async () => {
  const answer = await call(status, { ...world.env, OLLAMA_GENERATION_MODEL: 'never-pulled' }, { path: '/status' });
  expect(answer.body.dependencies.ollama.models).toContainEqual({ name: 'never-pulled', role: 'generation', present: false });
});

test('200: an admin isolates a breaker and closes it again', async () => {
  const isolated = await steer('ollama_embedding', 'isolated');
  expectStatus(isolated, 200);
  expect(() => breakerView.parse(isolated.body)).not.toThrow();
  expect(isolated.body.state).toBe('isolated');
  const closed = await steer('ollama_embedding', 'closed');
  expectStatus(closed, 200);
  expect(closed.body).toMatchObject({ state: 'closed', failures: 0 });
});

namesItsRequests(status, world, { path: '/status/health' });

test('200: another tenant sees none of these collections in the count', async () => {
  const { body } = await call(status, world.env, { path: '/status', as: { tenant: 'zoe' } });
  expect(body.dependencies.qdrant.collections, JSON.stringify(body)).toBe(0);
});
