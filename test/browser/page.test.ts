import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleDashboard } from '../../local/bundle-dashboard.ts';
import { ask, go, ingest, markdown, useVisit } from './visit.ts';

// What the page is made of, how soon it is there, and what cannot be made of it.

const visit = useVisit();
/** What a phone on a slow line has in about a second. */
const SCRIPT_MAX_BYTES = 60 * 1024;
const USABLE_MAX_MS = 300;

test('the script is under 60 KiB, compressed as the edge compresses it', async () => {
  const script = [...(await bundleDashboard())].find(([path]) => path.endsWith('.js'))![1];
  const bytes = gzipSync(script, { level: 9 }).length;
  console.log(`script: ${(bytes / 1024).toFixed(1)} KiB compressed`);
  expect(bytes).toBeLessThan(SCRIPT_MAX_BYTES);
});

test('the first view can be used in under 300 ms, at the best of up to twenty visits', async () => {
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

const HOSTILE = `# <img src=x onerror="globalThis.struck=1"> Furnace

The furnace <script>globalThis.struck=1</script> is lit <svg onload="globalThis.struck=1"></svg> by <a href="javascript:globalThis.struck=1">Wanda</a>
<iframe src="https://elsewhere.test/"></iframe> ${'unbreakable'.repeat(60)} every winter. [1] [2] ]]> </pre></mark></textarea>`;

test('a hostile document stays text wherever it is shown, and nothing is asked of elsewhere', async () => {
  const page = await visit.enter('key', { viewport: { width: 800, height: 600 } });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  const name = '"><img src=x onerror=globalThis.struck=1>.md';
  await ingest(page, [markdown(name, HOSTILE)]);
  const isText = async () => {
    expect(await page.evaluate('globalThis.struck ?? null')).toBeNull();
    expect(await page.locator('#page').locator('img, script, iframe, svg[onload], a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(800);
  };
  await isText();
  await go(page, 'Search');
  await page.getByLabel('Search for').fill('furnace');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.hit').first().waitFor();
  await isText();
  await ask(page, 'Who lights the furnace every winter?');
  await isText();
  await page.locator('.sources .link').first().click();
  await page.locator('aside mark').waitFor();
  expect(await page.locator('aside pre').textContent()).toContain('<script>globalThis.struck=1</script>');
  await isText();
  const own = [visit.emulator.url, visit.emulator.dashboard!].map((url) => new URL(url).origin);
  expect([...new Set(asked)].filter((origin) => !own.includes(origin))).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
});
