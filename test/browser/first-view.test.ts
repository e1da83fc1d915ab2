import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleDashboard } from '../../local/bundle-dashboard.ts';
import { useVisit } from './visit.ts';

const visit = useVisit();
/** What a phone on a slow line has in about a second. */
const SCRIPT_MAX_BYTES = 60 * 1024;
const USABLE_MAX_MS = 300;

test('the script is under 60 KiB as it is sent', async () => {
  const script = [...(await bundleDashboard())].find(([path]) => path.endsWith('.js'))![1];
  const bytes = gzipSync(script, { level: 9 }).length;
  console.log(`script: ${(bytes / 1024).toFixed(1)} KiB compressed`);
  expect(bytes).toBeLessThan(SCRIPT_MAX_BYTES);
});

test('the first view can be used in under 300 ms', async () => {
  const took: number[] = [];
  // The best of a few: what others do on this machine meanwhile is no property of the page.
  while (took.length < 3 || (Math.min(...took) >= USABLE_MAX_MS && took.length < 20)) {
    // A profile of its own each time: nothing is in its cache.
    const page = await visit.open();
    await page.getByLabel('API key').waitFor();
    took.push(await page.evaluate<number>('performance.getEntriesByName("usable")[0].startTime'));
    await page.context().close();
  }
  console.log(`usable after: best ${Math.round(Math.min(...took))} ms of ${took.map(Math.round).join(', ')}`);
  expect(Math.min(...took)).toBeLessThan(USABLE_MAX_MS);
});
