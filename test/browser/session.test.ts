import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask, go, ingest, markdown, signIn, useVisit } from './visit.ts';

// A session that ends, or seems to, costs nobody the work of an hour.

const visit = useVisit();
let page: Page;
beforeAll(async () => {
  page = await visit.enter('token');
  await ingest(page, [markdown('machines.md', '# Machines\n\nThe lathe is oiled every morning. The mill is cleaned on Fridays.')]);
});

const QUERY = /\/rag\/(query|search)$/;
const answered = (status: number, contentType: string, body: object) => (route: Route) =>
  route.fulfill({
    status,
    headers: { 'access-control-allow-origin': visit.emulator.dashboard!, 'content-type': contentType },
    body: JSON.stringify(body),
  });

test('a draft and a search are still there after a look at another view', async () => {
  await go(page, 'Search');
  await page.getByLabel('Search for').fill('lathe');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Key 1').fill('year');
  await page.getByLabel('Relation 1').selectOption('at least');
  await page.getByLabel('Value 1').fill('abc');
  await page.getByRole('alert').getByText('“at least” takes a number, and abc is none.').waitFor();
  await page.getByRole('button', { name: 'Remove condition 1' }).click();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Add a condition');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.hit').first().waitFor();
  await go(page, 'Ask');
  await page.getByLabel('Your question').fill('How often is');
  await go(page, 'Search');
  expect(await page.getByLabel('Search for').inputValue()).toBe('lathe');
  expect(await page.locator('.hit').count()).toBeGreaterThan(0);
  await page.getByText('This request as code').click();
  expect(await page.locator('.code').textContent()).toContain('authorization: Bearer $TOKEN');
  await go(page, 'Ask');
  expect(await page.getByLabel('Your question').inputValue()).toBe('How often is');
});

test("a function's own 401 is told, and signs nobody out", async () => {
  const problem = {
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    code: 'service_token_invalid',
    detail: 'The request did not come through the gateway.',
    requestId: 'r-1',
  };
  await page.route(QUERY, answered(401, 'application/problem+json', problem));
  await page.getByLabel('Your question').fill('How often is the lathe oiled?');
  await page.keyboard.press('Enter');
  await page.locator('.turn').getByText('did not come through the gateway').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.unroute(QUERY);
  await page.getByRole('button', { name: 'Ask again' }).click();
  expect(await page.evaluate('document.activeElement.id')).toBe('question');
  await page.locator('.turn .facts').waitFor();
  expect(await page.locator('.turn .sources .hint').first().textContent()).toBe('machines.md');
});

test('a token that ends in the middle is renewed in place: what was asked is answered, and what was said stays', async () => {
  await page.route(QUERY, answered(401, 'application/json', { message: 'Unauthorized' }));
  await page.getByLabel('Your next question').fill('When is the mill cleaned?');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('does not take this key or token any more').waitFor();
  await page.unroute(QUERY);
  await page.getByRole('dialog').getByLabel('Token (JWT)').fill(visit.token());
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.turn').last().locator('.facts').waitFor();
  expect(await page.locator('.turn').last().locator('.text').textContent()).toContain('Fridays');
  expect(await page.locator('.turn h2').allTextContents()).toContain('How often is the lathe oiled?');
});

test('a key of another caller begins anew: nothing of the one before is left', async () => {
  await page.route(QUERY, answered(401, 'application/json', { message: 'Unauthorized' }));
  await page.getByLabel(/^Your (next )?question$/).fill('What else?');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.unroute(QUERY);
  await page.getByLabel('a key').check();
  await signIn(page, 'key', visit.apiKey);
  await page.getByText('Every answer cites').or(page.getByText('There is nothing to ask about yet')).waitFor();
  expect(await page.locator('.turn').count()).toBe(0);
  await page.context().close();
});

test('a token says five minutes before that it ends, and can be renewed then', async () => {
  const other = await visit.open();
  await signIn(other, 'token', visit.token(120));
  await other.getByText('This token ends at').waitFor();
  await other.getByRole('button', { name: 'Sign in again' }).click();
  await other.getByRole('dialog').getByLabel('Token (JWT)').fill(visit.token());
  await other.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await other.locator('.banner').waitFor({ state: 'detached' });
  expect(await other.evaluate('document.activeElement.tagName')).not.toBe('BODY');
  await other.context().close();
});

test('what answers at a wrong address signs nobody in', async () => {
  const other = await visit.open();
  await other.route(`${visit.emulator.url}/**`, answered(404, 'application/json', { message: 'not here' }));
  await signIn(other, 'key', 'anything');
  await other.getByRole('alert').getByText('The gateway has no such route; is this the address of the service?').waitFor();
  await other.context().close();
});

test('under another name of this machine the page goes to the one that the gateway admits', async () => {
  const other = await visit.open();
  await other.goto(`${visit.emulator.dashboard!.replace('localhost', '127.0.0.1')}/#/health`);
  await other.getByLabel('API key').waitFor();
  expect(other.url()).toBe(`${visit.emulator.dashboard}/#/health`);
  await other.context().close();
});

test('after signing in the focus is at the head of the view; whoever waits for the gateway can sign out', async () => {
  const other = await visit.enter();
  await expect.poll(() => other.evaluate('document.activeElement.textContent')).toBe('Ask');
  await other.route(`${visit.emulator.url}/**`, (route) => route.abort());
  await other.reload();
  await other.getByText('Trying again…').waitFor();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByLabel('API key').waitFor();
  expect(await other.evaluate('sessionStorage.length')).toBe(0);
  await signIn(other, 'key', visit.apiKey);
  await other.getByText(`does it admit ${visit.emulator.dashboard}?`).waitFor();
  await other.context().close();
});

test('a conversation is copied whole, each answer with its sources', async () => {
  const other = await visit.enter('token');
  await other.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await ask(other, 'How often is the lathe oiled?');
  await ask(other, 'When is the mill cleaned?');
  await other.getByRole('button', { name: 'Copy conversation' }).click();
  await other.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await other.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toMatch(/^How often is the lathe oiled\?[^]*Sources\n\[1\][^]*\n\nWhen is the mill cleaned\?[^]*Sources\n\[1\]/);
  await other.getByRole('button', { name: 'New conversation' }).click();
  expect(await other.evaluate('document.activeElement.id')).toBe('question');
  await other.context().close();
});
