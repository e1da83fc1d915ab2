import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask, go, ingest, markdown, send, signIn, useVisit } from './visit.ts';

// For whoever has no mouse, no sight of the screen, a small one, or a dark room.

const visit = useVisit();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DOCUMENT = markdown('machines.md', '# Machines\n\nThe lathe is oiled every morning. The mill is cleaned on Fridays.');

/** What axe-core finds wrong with the page as it stands, in both colours. */
async function violations(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axe);
    const results = await page.evaluate<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>('axe.run()');
    for (const { id, nodes } of results.violations)
      found.push(...nodes.map(({ html, failureSummary }) => `${where} ${colorScheme} ${id}: ${html} ${failureSummary}`));
  }
  return found;
}

test('axe-core finds nothing wrong with any view, light or dark', async () => {
  const page = await visit.open();
  const found = await violations(page, 'sign-in');
  await signIn(page, 'key', 'wrong');
  await page.getByText('does not know this key').waitFor();
  found.push(...(await violations(page, 'refused')));
  await signIn(page, 'key', visit.apiKey);
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  found.push(...(await violations(page, 'ask')));
  await ingest(page, [DOCUMENT, { name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no') }]);
  await page.getByText('How it is indexed').click();
  found.push(...(await violations(page, 'documents')));
  await page.getByRole('button', { name: 'Delete machines.md' }).click();
  found.push(...(await violations(page, 'question')));
  await page.getByRole('button', { name: 'Keep' }).click();
  await go(page, 'Search');
  await page.getByLabel('Search for').fill('lathe');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.hit').first().waitFor();
  await page.getByText('This request as code').click();
  found.push(...(await violations(page, 'search')));
  await ask(page, 'How often is the lathe oiled?');
  await page.locator('.text .mark').first().click();
  await page.locator('aside mark').waitFor();
  found.push(...(await violations(page, 'answer')));
  await go(page, 'Health');
  await page.locator('.dependency').first().waitFor();
  await page.getByRole('button', { name: 'Break', exact: true }).waitFor();
  found.push(...(await violations(page, 'health')));
  expect(found).toEqual([]);
});

test('axe-core finds nothing wrong on a phone: refused, degraded, isolated, away, ended, and for a reader', async () => {
  const page = await visit.open({ viewport: { width: 375, height: 700 } });
  const forbidden = { status: 403, headers: { 'access-control-allow-origin': visit.emulator.dashboard! }, json: { message: 'no' } };
  await page.route(/\/rag\/ingest$/, (route) => (route.request().method() === 'GET' ? route.fulfill(forbidden) : route.continue()));
  await send(visit, 'default', [{ id: 'machines.md', text: 'The lathe is oiled every morning. The mill is cleaned on Fridays.' }]);
  await signIn(page, 'key', visit.apiKey);
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  await ask(page, 'Which zeppelin crossed Antarctica?');
  await page.locator('.refusal').waitFor();
  const found = await violations(page, 'refused');
  await go(page, 'Documents');
  await page.getByText('Your credential may read, not add.').waitFor();
  found.push(...(await violations(page, 'reader')));
  const steer = (name: string, state: string) =>
    fetch(`${visit.emulator.url}/api/v1/rag/status/breakers/${name}`, {
      method: 'POST',
      headers: { apikey: visit.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ state }),
    });
  await steer('ollama_embedding', 'isolated');
  await ask(page, 'How often is the mill cleaned?');
  await page.locator('.turn .notice').first().waitFor();
  found.push(...(await violations(page, 'degraded')));
  await go(page, 'Health');
  await page.locator('.breaker.isolated').waitFor();
  await page.getByRole('button', { name: 'Isolate qdrant_write' }).click();
  await page.getByRole('dialog').waitFor();
  found.push(...(await violations(page, 'isolate')));
  await page.getByRole('button', { name: 'Leave it' }).click();
  found.push(...(await violations(page, 'isolated')));
  await steer('ollama_embedding', 'closed');
  await go(page, 'Ask');
  const ended = { status: 401, headers: forbidden.headers, json: { message: 'Unauthorized' } };
  await page.route(/\/rag\/query$/, (route) => route.fulfill(ended));
  await page.getByLabel('Your next question').fill('And the lathe?');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  found.push(...(await violations(page, 'ended')));
  await page.getByRole('button', { name: 'Later' }).click();
  await page.route(`${visit.emulator.url}/**`, (route) => route.abort());
  await page.locator('.banner.away').waitFor();
  found.push(...(await violations(page, 'away')));
  await page.reload();
  await page.getByText('Trying again…').waitFor();
  found.push(...(await violations(page, 'away since before')));
  expect(found).toEqual([]);
});

/** Presses Tab until a control of this name has the focus. */
async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const focused = `(() => { const it = document.activeElement; return (it?.getAttribute('aria-label') ?? it?.labels?.[0]?.textContent ?? it?.textContent ?? '').trim(); })()`;
  for (let presses = 0; presses < 40; presses++) {
    if (name.test(await page.evaluate<string>(focused))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab never reached ${name.source}`);
}

test('the keyboard alone signs in, asks, reads a source and comes back to where it was', async () => {
  const page = await visit.open();
  await page.locator('#credential:focus').waitFor();
  await page.keyboard.type(visit.apiKey);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  // Signed in, the focus is at the head of the view; what leads elsewhere is before it.
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Ask');
  await tabTo(page, /^Documents$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor();
  await tabTo(page, /^files$/);
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  await (await chooser).setFiles([DOCUMENT]);
  await page.locator('.task .state').first().getByText(/^Done/).waitFor();
  await tabTo(page, /^Ask$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  await tabTo(page, /^Your question$/);
  await page.keyboard.type('How often is the lathe oiled?');
  await page.keyboard.press('Enter');
  await page.locator('.turn .facts').waitFor();
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, /^Source 1: /).catch(async () => {
    // Tab goes round by way of the browser itself; from the head of the page the mark is ahead.
    await page.locator('.skip').focus();
    await tabTo(page, /^Source 1: /);
  });
  await page.keyboard.press('Enter');
  await page.locator('aside mark').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('source-title');
  await page.keyboard.press('Escape');
  await page.locator('aside').waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.className')).toBe('mark');
  await page.keyboard.press('Enter');
  await page.locator('aside mark').waitFor();
  await page.locator('.answer .text').click();
  await page.keyboard.press('Escape');
  await page.locator('aside').waitFor({ state: 'detached' });
});

test('at 375 pixels every view fits, and a source covers the page', async () => {
  const page = await visit.enter('key', { viewport: { width: 375, height: 700 } });
  await ingest(page, [DOCUMENT]);
  const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
  expect(await width()).toBe(375);
  for (const view of ['Search', 'Health'] as const) {
    await go(page, view);
    if (view === 'Health') await page.locator('.dependency').first().waitFor();
    expect(await width(), view).toBe(375);
  }
  await ask(page, 'How often is the lathe oiled?');
  expect(await width()).toBe(375);
  await page.locator('.text .mark').first().click();
  await page.locator('aside mark').waitFor();
  expect(await page.locator('aside').boundingBox()).toEqual({ x: 0, y: 0, width: 375, height: 700 });
  for (let presses = 0; presses < 6; presses++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("aside") !== null || document.activeElement === document.body')).toBe(true);
  }
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.locator('aside').count()).toBe(0);
  await expect.poll(() => page.evaluate('document.activeElement.className')).toBe('mark');
});
