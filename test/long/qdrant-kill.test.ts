import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { insertUntilKilled, spawnQdrant, verify } from '../contracts/qdrant/kill.ts';

test('20 SIGKILLs in the middle of inserts lose no acknowledged write', { timeout: 300_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'qdrant-'));
  const acknowledged = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    const done = await insertUntilKilled(await spawnQdrant(dataDir), 1 + round * 1_000_000, 120 + round * 37);
    for (const id of done.ids) acknowledged.add(id);
    const again = await spawnQdrant(dataDir);
    const { missing, generation } = await verify(again.url, acknowledged);
    await again.kill();
    expect(missing, `after kill ${round + 1}`).toEqual([]);
    expect(generation).toBeGreaterThanOrEqual(done.generation);
  }
  console.log(`${acknowledged.size} acknowledged points survived 20 kills`);
  rmSync(dataDir, { recursive: true, force: true });
});
