import { expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem } from '../call.ts';
import { put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const NOBODYS = '6f1a3a3e-8f43-4c5b-9c55-0f6a2d6f7b1e';

test.each([
  ['GET', ''],
  ['DELETE', ''],
  ['GET', '/events'],
])("404: %s …%s of another tenant's job and of one that nobody has are the same to the letter", async (method, rest) => {
  const { jobId } = (await put(world, [{ id: 'a', text: 'A secret.' }], 'default', { tenant: 'bob' })).body;
  const ask = (id: string) => call(ingest, world.env, { method, path: `/ingest/jobs/${id}${rest}`, headers: { 'x-request-id': 'same' } });
  const [others, nobodys] = [await ask(jobId), await ask(NOBODYS)];
  expectProblem(others, 404, 'job_not_found');
  expect(others.text).toBe(nobodys.text);
});

test.each(['no-uuid', '..', '%2e%2e%2f', '1', 'x'.repeat(2_000), '%00'])('404: a job id that is none (%s) is not found', async (id) => {
  expectProblem(await call(ingest, world.env, { path: `/ingest/jobs/${id}` }), 404, id === '..' ? 'route_not_found' : 'job_not_found');
});

test('404: the id of a document that waits in a job is not the id of a job', async () => {
  const { stagedPointId } = await import('../../../functions/_kernel/corpus/names.ts');
  const { jobId } = (await put(world, [{ id: 'b', text: 'A text.' }])).body;
  expectProblem(await call(ingest, world.env, { path: `/ingest/jobs/${stagedPointId(jobId, 'b')}` }), 404, 'job_not_found');
});
