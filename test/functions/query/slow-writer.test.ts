import { expect, test } from 'vitest';
import query from '../../../functions/query/worker.ts';
import { useLibrary } from '../corpus.ts';
import { dataOf, ending, readEvents } from '../events.ts';
import { useWorld } from '../world.ts';

// The model takes this long to load before it writes its first word.
const world = useWorld({ coldLoadMs: 2_300 });
useLibrary(world);

test('a heartbeat at most a second apart until the first token comes', async () => {
  const started = performance.now();
  const streamed = await readEvents(query, world.env, {
    path: '/query',
    json: { question: 'How does a breaker recover?', stream: true },
  });
  expect(performance.now() - started).toBeGreaterThan(2_000);
  expect(ending(streamed, 'done')).toMatchObject({ answerable: true, mode: 'generated' });
  expect(streamed.comments.length).toBeGreaterThanOrEqual(2);
  expect(dataOf(streamed, 'token').length).toBeGreaterThan(0);
});
