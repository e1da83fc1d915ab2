import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nothingAcknowledged, prepare, spawnQdrant, violations, writeUntilKilled } from '../contracts/qdrant/kill.ts';

test('20 SIGKILLs in the middle of writes of every kind lose nothing that was acknowledged', { timeout: 300_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'qdrant-'));
  const done = nothingAcknowledged();
  const first = await spawnQdrant(dataDir);
  await prepare(first.url);
  await first.kill();
  for (let round = 0; round < 20; round += 1) {
    await writeUntilKilled(await spawnQdrant(dataDir), done, 2 + round * 1_000_000, 2 + (round % 4), (round * 7) % 60);
    const again = await spawnQdrant(dataDir);
    expect(await violations(again.url, done), `after kill ${round + 1}`).toEqual([]);
    await again.kill();
  }
  const { inserted, deleted, payload, alias, metadata, restores, refused } = done;
  const counts = { inserted: inserted.size, deleted: deleted.size, payloads: payload.writes, aliases: alias.writes, metadata: metadata.writes, restores }; // prettier-ignore
  console.log(`acknowledged before 20 kills and there after them: ${JSON.stringify(counts)}`);
  expect(refused).toEqual([]);
  for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThanOrEqual(40);
  rmSync(dataDir, { recursive: true, force: true });
});
