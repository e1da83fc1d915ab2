import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { ask, go, ingest, markdown, signIn, useVisit } from './visit.ts';

// What somebody does with the dashboard in a day, in its order: each test goes on where the one before left off.

const visit = useVisit();
const folder = mkdtempSync(join(tmpdir(), 'workshop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** Whether the passage is within its panel and within the window. */
const IS_SEEN = `(() => {
  const [mark, panel] = ['aside mark', 'aside'].map((one) => document.querySelector(one).getBoundingClientRect());
  return mark.top >= panel.top && mark.top < Math.min(panel.bottom, innerHeight);
})()`;
/** Notes what every progress bar shows from now on. */
const RECORD_PROGRESS = `(() => {
  const shown = (globalThis.shown = { Documents: [], Chunks: [] });
  const note = () => {
    for (const bar of document.querySelectorAll('[role=progressbar]'))
      shown[bar.getAttribute('aria-label')].push(['aria-valuenow', 'aria-valuemax'].map((one) => Number(bar.getAttribute(one))));
  };
  new MutationObserver(note).observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true });
})()`;
let page: Page;

test('a wrong key says so; the right one opens the page and is kept by the tab alone', async () => {
  page = await visit.open();
  await signIn(page, 'key', 'not-a-key');
  await page.getByRole('alert').getByText('does not know this key').waitFor();
  await signIn(page, 'key', visit.apiKey);
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  expect(page.url()).not.toContain(visit.apiKey);
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, document.cookie])')).not.toContain(visit.apiKey);
  expect(await page.content()).not.toContain(visit.apiKey);
  await page.reload();
  await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
});

test('a folder goes in, with progress and with the reason for what fails', async () => {
  mkdirSync(join(folder, 'handbook/more'), { recursive: true });
  writeFileSync(
    join(folder, 'handbook/machines.md'),
    `# Machines\n\n${'It hums. '.repeat(40)}\n\n`.repeat(20) + 'The lathe is oiled every morning. The mill is cleaned on Fridays.',
  );
  writeFileSync(join(folder, 'handbook/more/people.txt'), 'Marta looks after the lathe. Olaf looks after the mill.');
  writeFileSync(join(folder, 'handbook/plan.pdf'), 'this is no PDF');
  writeFileSync(join(folder, 'handbook/photo.raw'), 'pixels');
  await go(page, 'Documents');
  await page.evaluate(RECORD_PROGRESS);
  await ingest(page, join(folder, 'handbook'));
  const shown = await page.evaluate<Record<'Documents' | 'Chunks', [done: number, total: number][]>>('globalThis.shown');
  expect(shown.Documents[0]![0]).toBeLessThan(3);
  expect(shown.Documents.at(-1)).toEqual([3, 3]);
  const [done, total] = shown.Chunks.at(-1)!;
  expect([done, total > 0]).toEqual([total, true]);
  const work = page.getByRole('region', { name: 'Work' });
  await work.locator('.failures li', { hasText: 'handbook/plan.pdf' }).getByText('PDF').first().waitFor();
  await work.locator('.failures li', { hasText: 'handbook/photo.raw: It is none of' }).waitFor();
  await work.getByText('Its documents').click();
  expect(await work.locator('.names li').allTextContents()).toEqual(
    expect.arrayContaining(['handbook/machines.mddone', 'handbook/more/people.txtdone', 'handbook/plan.pdffailed']),
  );
  await page.getByRole('button', { name: 'Machines', exact: true }).waitFor();
  await page.getByText('handbook/more/people.txt').first().waitFor();
});

test('files that are dropped go in too', async () => {
  const transfer = await page.evaluateHandle(
    `(() => { const it = new DataTransfer(); it.items.add(new File(['The kiln is fired on Tuesdays.'], 'kiln.md', { type: 'text/markdown' })); return it; })()`,
  );
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
  await page.getByText('kiln.md').first().waitFor();
  await page.getByRole('button', { name: 'Delete kiln.md' }).waitFor();
});

test('an answer cites, and a citation opens the document with exactly the quote marked', async () => {
  await ask(page, 'How often is the lathe oiled?');
  const quote = (await page.locator('.sources q').first().textContent())!;
  await page.locator('.text .mark').first().click();
  expect(await page.locator('aside mark').textContent()).toBe(quote);
  await expect.poll(() => page.evaluate(IS_SEEN)).toBe(true);
  const where = /^(\S+), characters ([\d,]+) to ([\d,]+)$/.exec((await page.locator('aside .hint').first().textContent())!)!;
  const [start, end] = [where[2]!, where[3]!].map((figure) => Number(figure.replaceAll(',', '')));
  const answer = await fetch(`${visit.emulator.url}/api/v1/rag/collections/default/documents/${encodeURIComponent(where[1]!)}`, {
    headers: { apikey: visit.apiKey },
  });
  expect(((await answer.json()) as { text: string }).text.slice(start, end)).toBe(quote);
});

test('an answer is copied with its sources', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy with sources' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toMatch(/^How often is the lathe oiled\?\n\n.*\[1\][^]*\nSources\n\[1\] Machines \(handbook\/machines\.md, \d+–\d+\): “/);
});

test('a conversation goes on, and a question without evidence is refused with the nearest passages', async () => {
  await ask(page, 'Who looks after it?');
  expect(await page.locator('.turn').count()).toBe(2);
  await page.getByRole('button', { name: 'New conversation' }).click();
  await ask(page, 'Which zeppelin crossed Antarctica?');
  const refused = page.locator('.turn');
  await refused.getByText('No answer.').waitFor();
  await page.getByRole('log').getByText('No answer.').waitFor();
  await refused.getByRole('heading', { name: 'The nearest passages' }).waitFor();
  const nearest = refused.locator('.nearest li');
  expect(await nearest.count()).toBeGreaterThan(0);
  const passage = (await nearest.first().locator('.excerpt').textContent())!;
  expect(await page.getByRole('log').textContent()).not.toContain(passage);
  await nearest.first().getByRole('button').click();
  expect(await page.locator('aside mark').textContent()).toBe(passage);
  await page.keyboard.press('Escape');
});

test('what no source supports is marked, and a number that is no citation stays text', async () => {
  const text = 'It is oiled daily [1]. It was built in 1821 [9].';
  const citation = {
    marker: 1,
    chunkId: 'c',
    documentId: 'handbook/machines.md',
    title: null,
    url: null,
    quote: 'Machines',
    start: 2,
    end: 10,
  };
  const timings = { embedMs: 1, searchMs: 1, answerMs: 1, totalMs: 3 };
  const unsupported = ['It was built in 1821 [9].'];
  const how = { mode: 'generated', model: 'm', degraded: [], timings, usage: { promptTokens: 1, answerTokens: 1 } };
  const done = { question: 'q', answerable: true, answer: text, citations: [citation], unsupported, hits: [], ...how };
  await page.route(`${visit.emulator.url}/api/v1/rag/query`, (route) =>
    route.fulfill({
      headers: { 'content-type': 'text/event-stream', 'access-control-allow-origin': visit.emulator.dashboard! },
      body: `event: token\ndata: ${JSON.stringify({ text })}\n\nevent: done\ndata: ${JSON.stringify(done)}\n\n`,
    }),
  );
  await ask(page, 'When was it built?');
  await page.unroute(`${visit.emulator.url}/api/v1/rag/query`);
  const last = page.locator('.turn').last();
  expect(await last.locator('.unsupported').allTextContents()).toEqual(['It was built in 1821 [9]. (no source supports this) ']);
  expect(await last.locator('.mark').allTextContents()).toEqual(['1']);
  await last.getByText('The underlined sentence has no source').waitFor();
});

test('search shows scores, takes conditions, and gives the request without the key', async () => {
  await go(page, 'Search');
  await page.getByLabel('Search for').fill('lathe');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.hit').first().waitFor();
  expect(await page.locator('.hit').first().locator('.scores dt').allTextContents()).toEqual(['fused', 'dense', 'sparse']);
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Key 1').fill('lang');
  await page.getByLabel('Value 1').fill('fr');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText('0 passages').waitFor();
  await page.getByText('This request as code').click();
  const code = (await page.locator('.code').textContent())!;
  expect(code).toContain('$API_KEY');
  expect(code).toContain('{"must":[{"key":"lang","match":"fr"}]}');
  expect(code).not.toContain(visit.apiKey);
});

test('another tenant sees none of it', async () => {
  const other = await visit.enter('token');
  await ingest(other, [markdown('secret.md', 'The password of the vault is swordfish.')], 'vault');
  await other.getByRole('button', { name: 'vault', exact: true }).waitFor();
  expect(await other.locator('.collection').count()).toBe(1);
  await page.reload();
  await page.getByRole('heading', { name: 'Search', level: 1 }).waitFor();
  await go(page, 'Documents');
  await page.getByRole('button', { name: 'default', exact: true }).waitFor();
  expect(await page.content()).not.toContain('vault');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByLabel('API key').waitFor();
  expect(await other.evaluate('JSON.stringify({ ...sessionStorage })')).toBe('{}');
  await other.context().close();
});

test('a document is replaced by another file of its name', async () => {
  await go(page, 'Documents');
  await page.getByLabel('Replace kiln.md').setInputFiles([markdown('anything.md', 'The kiln is fired on Sundays only.')]);
  await page.locator('.task', { hasText: 'kiln.md' }).first().getByText(/^Done/).waitFor();
  await page.getByRole('button', { name: 'kiln.md', exact: true }).click();
  await page.locator('aside pre', { hasText: 'Sundays only' }).waitFor();
  await page.keyboard.press('Escape');
});

test('a document that is deleted is found no more, and a collection can be indexed anew', async () => {
  await go(page, 'Documents');
  await page.getByRole('button', { name: 'Delete kiln.md' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete kiln.md' }).waitFor({ state: 'detached' });
  await page.getByText('How it is indexed').click();
  await page.getByRole('button', { name: 'Reindex' }).click();
  await page.locator('.task', { hasText: 'Reindexing default' }).getByText(/^Done/).waitFor();
  await go(page, 'Search');
  await page.getByLabel('Search for').fill('kiln fired on Tuesdays');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText(/\d+ passages? in/).waitFor();
  expect((await page.locator('.hits').textContent())!).not.toContain('kiln');
});
