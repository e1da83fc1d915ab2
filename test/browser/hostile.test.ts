import { expect, test } from 'vitest';
import { ask, go, ingest, markdown, useVisit } from './visit.ts';

const visit = useVisit();
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
