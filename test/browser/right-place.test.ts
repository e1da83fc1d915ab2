import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { go, ingest, markdown, send, signIn, useVisit } from './visit.ts';

// What is done to one document, one collection or for one tenant is done to no other, however late an answer comes.

const visit = useVisit();
const folder = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let page: Page;

const named = (prefix: string, n: number) =>
  Array.from({ length: n }, (_, i) => ({ id: `${prefix}-${i}.md`, text: `Note ${i} of ${prefix}.` }));
beforeAll(async () => {
  await send(visit, 'alpha', [...named('alpha', 70), { id: 'same.md', title: 'Same of alpha', text: 'The same name, in alpha.' }]);
  await send(visit, 'beta', [{ id: 'same.md', title: 'Same of beta', text: 'The same name, in beta.' }]);
  page = await visit.enter();
});

const choose = (name: string) => page.getByRole('button', { name, exact: true }).click();
const documents = () => page.getByRole('region', { name: /^Documents in/ });
const rows = () => page.locator('.documents li').count();

test('documents of one collection never stand under the name of another, not even when their answer comes late', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/collections\/alpha\/documents\?/, async (route) => {
    await held;
    await route.continue().catch(() => {}); // the page does not wait for it any more
  });
  const over: string[] = [];
  page.on('requestfinished', (request) => over.push(request.url()));
  page.on('requestfailed', (request) => over.push(request.url()));
  await go(page, 'Documents');
  await choose('alpha');
  await choose('beta');
  await documents().getByText('Same of beta').waitFor();
  release();
  // Answered after all, or given up: in both cases the page has had time to take it.
  await expect.poll(() => over.filter((url) => url.includes('alpha/documents')).length).toBe(1);
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
  await page.unroute(/collections\/alpha\/documents\?/);
  expect(await documents().textContent()).not.toContain('alpha');
  await choose('alpha');
  await page.getByRole('heading', { name: 'Documents in alpha' }).waitFor();
  expect(await documents().textContent()).not.toContain('Same of beta');
});

test('rows that were loaded stay when one of them is deleted, its collection counts one less, and the focus stays near', async () => {
  await documents().getByRole('button', { name: 'More' }).click();
  await expect.poll(rows, { timeout: 10_000 }).toBe(71);
  await page.getByRole('button', { name: 'Delete alpha-69.md' }).click();
  await page.getByRole('dialog').getByText('Delete alpha-69.md from alpha?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect.poll(rows, { timeout: 10_000 }).toBe(70);
  await page.locator('.collection.chosen').getByText('70 documents').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('documents-title');
});

test('a name that was begun stays chosen when the list comes late, is listed as new, and has neither rows nor More', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/rag\/collections$/, async (route) => {
    await held;
    await route.continue();
  });
  await go(page, 'Ask');
  await go(page, 'Documents');
  await page.getByLabel('Begin another collection').fill('gamma');
  await page.getByRole('button', { name: 'Begin' }).click();
  const answered = page.waitForResponse(/\/rag\/collections$/);
  release();
  await answered;
  await page.unroute(/\/rag\/collections$/);
  await page.locator('.collection.chosen', { hasText: 'gamma' }).getByText('new', { exact: true }).waitFor();
  await documents().getByText('None yet.').waitFor();
  expect([await rows(), await documents().getByRole('button', { name: 'More' }).count()]).toEqual([0, 0]);
  await ingest(page, [markdown('first.md', 'The first of gamma.')]);
  await page.locator('.collection.chosen', { hasText: 'gamma' }).getByText('1 document').waitFor();
  await documents().getByRole('button', { name: 'first.md', exact: true }).waitFor();
});

test('a document is not replaced by a file of another kind, and why is said', async () => {
  expect(await page.getByLabel('Replace first.md').getAttribute('accept')).toBe('.md');
  await page.getByLabel('Replace first.md').setInputFiles([{ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<b>no</b>') }]);
  await page.locator('.task', { hasText: 'not replaced' }).getByText('It would be read as .md, and page.html is not.').waitFor();
  await documents().getByRole('button', { name: 'first.md', exact: true }).click();
  await page.locator('aside pre', { hasText: 'The first of gamma.' }).waitFor();
  await page.keyboard.press('Escape');
});

test('what is hidden in a chosen folder is not sent, and a thousand files that cannot be read are one line', async () => {
  mkdirSync(join(folder, 'work/.git/objects'), { recursive: true });
  mkdirSync(join(folder, 'work/photos'), { recursive: true });
  for (let i = 0; i < 50; i++) writeFileSync(join(folder, `work/.git/objects/${i}.txt`), `object ${i}`);
  for (let i = 0; i < 1_000; i++) writeFileSync(join(folder, `work/photos/${i}.raw`), '');
  writeFileSync(join(folder, 'work/read.md'), 'To be read.');
  await page.getByLabel('a folder', { exact: true }).setInputFiles(join(folder, 'work'));
  const refused = page.locator('.task', { hasText: '1,000 files not sent' });
  await refused.waitFor();
  expect(await refused.locator('.failures > li').count()).toBe(1);
  await refused.getByText('Which').click();
  await refused.getByText('and 980 more').waitFor();
  await documents().getByRole('button', { name: 'work/read.md', exact: true }).waitFor();
  expect(await page.locator('.documents-view').textContent()).not.toContain('.git');
});

test('a folder that is dropped goes in with all that is below it, but for what is hidden', async () => {
  mkdirSync(join(folder, 'yard/shed/.cache'), { recursive: true });
  writeFileSync(join(folder, 'yard/shed/crane.md'), 'The crane is painted each spring.');
  writeFileSync(join(folder, 'yard/shed/.cache/hidden.md'), 'Nobody is to read this.');
  // In the middle: at the top it may lie below the page's head, which stays in sight.
  await page.locator('.drop').evaluate((drop) => drop.scrollIntoView({ block: 'center' }));
  const box = (await page.locator('.drop').boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(folder, 'yard')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: box.x + 20, y: box.y + 20, data });
  await page.getByRole('button', { name: 'yard/shed/crane.md', exact: true }).waitFor();
  expect(await page.locator('.documents-view').textContent()).not.toContain('hidden.md');
});

test('a file that is dropped beside the place for it does not take the page away', async () => {
  const was = page.url();
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(folder, 'yard/shed/crane.md')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: 5, y: 300, data });
  expect(page.url()).toBe(was);
  await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor();
});

test('a folder that holds nothing says so', async () => {
  mkdirSync(join(folder, 'bare/.cache'), { recursive: true });
  writeFileSync(join(folder, 'bare/.cache/x.txt'), 'hidden');
  await page.getByLabel('a folder', { exact: true }).setInputFiles(join(folder, 'bare'));
  await page.getByText('nothing was sent').waitFor();
});

test('a running job is taken up again after a reload', async () => {
  const job = {
    jobId: 'j1',
    collection: 'gamma',
    state: 'running',
    documents: { total: 3, done: 1, unchanged: 0, failed: 0 },
    chunks: { total: 9, done: 4 },
    failures: [],
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
  const allowed = { 'access-control-allow-origin': visit.emulator.dashboard! };
  await page.route(/\/ingest\/jobs$/, (route) =>
    route.fulfill({ headers: allowed, json: { jobs: [{ ...job, jobId: 'j0', state: 'succeeded' }, job] } }),
  );
  await page.route(/\/ingest\/jobs\/j1\/events$/, (route) =>
    route.fulfill({
      headers: { ...allowed, 'content-type': 'text/event-stream' },
      body: `event: done\ndata: ${JSON.stringify({ ...job, state: 'succeeded', documents: { ...job.documents, done: 3 } })}\n\n`,
    }),
  );
  await page.reload();
  await page.locator('.task', { hasText: '3 documents, begun before' }).getByText('Done').waitFor();
  expect(await page.locator('.task').count()).toBe(1);
  await page.unrouteAll();
});

test('work and health of one tenant end at its sign-out: the next one in this tab sees and sends nothing of it', async () => {
  const sent: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/rag\/ingest$/, async (route) => {
    if (route.request().method() === 'GET') return route.continue(); // which roles the next one has
    sent.push(route.request().headers()['apikey'] ?? 'token');
    await held;
    await route.continue().catch(() => {}); // it was given up
  });
  const files = Array.from({ length: 260 }, (_, i) => markdown(`note-${i}.md`, `Note ${i}.`));
  await page.getByLabel('files', { exact: true }).setInputFiles(files);
  await page.locator('.task', { hasText: '200 files' }).locator('.state', { hasText: 'Sending' }).waitFor();
  await page.locator('.task', { hasText: '60 files' }).locator('.state', { hasText: 'To be sent' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, 'token', visit.token());
  await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor();
  release();
  await page.getByText('None yet; the first documents make one.').waitFor();
  expect(await page.locator('.task').count()).toBe(0);
  expect(sent).toEqual([visit.apiKey]);
  await go(page, 'Health');
  await page.locator('.dependency').first().waitFor();
  await page.getByText('Of 0 in this tab').waitFor();
  await page.getByText('Questions: none used yet').waitFor();
});
