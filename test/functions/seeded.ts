import { beforeAll } from 'vitest';
import ingest from '../../functions/ingest/worker.ts';
import { call, expectStatus } from './call.ts';
import type { World } from './world.ts';

const documents = [
  { id: 'leave.md', text: '# Leave\n\nEvery employee has twenty-five days of paid leave a year.', metadata: { lang: 'en', year: 2025 } },
  { id: 'a/b c?.md', text: 'Pay day is the 25th of the month.' },
];

/** Puts two documents into two collections, or back there. */
export async function plant(world: World): Promise<void> {
  for (const collection of ['default', 'handbook'])
    expectStatus(await call(ingest, world.env, { path: '/ingest?wait=10000', json: { collection, documents } }), 200);
}

/** Puts them there before a file's tests, so that generated requests find something. */
export function seed(world: World): void {
  beforeAll(async () => plant(world));
}
