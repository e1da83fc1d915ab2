import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask, go, ingest, markdown, signIn, useVisit } from './visit.ts';

// What whoever runs the service sees when something of it fails, and who may do something about it.

const visit = useVisit({ BREAKER_OPEN_MS: '2000' });
let page: Page;
beforeAll(async () => {
  page = await visit.enter();
  await ingest(page, [markdown('machines.md', '# Machines\n\nThe lathe is oiled every morning. The mill is cleaned on Fridays.')]);
});

test('the embedder breaks: answers say what they did without, its breaker opens; mended, it closes again', async () => {
  await go(page, 'Health');
  await page.getByLabel('What is broken').selectOption('Embedding (Ollama)');
  await page.getByRole('button', { name: 'Break', exact: true }).click();
  await page.getByRole('button', { name: 'Mend ollama' }).waitFor();
  for (let i = 0; i < 6; i++) await ask(page, `How often is the lathe oiled? ${i}`);
  await page.getByText('Searched by words alone').first().waitFor();
  await go(page, 'Health');
  const breaker = page.locator('.breaker', { hasText: 'ollama_embedding' });
  await breaker.getByText(/^open|^half-open/).waitFor();
  expect(await breaker.getByRole('img').getAttribute('aria-label')).toMatch(/closed from .*open from/);
  expect(await page.locator('ul.degraded').textContent()).toContain('Searched by words alone');
  await page.getByRole('button', { name: 'Mend ollama' }).click();
  // The next call after its time is the probe.
  await page.waitForTimeout(2_100);
  await go(page, 'Ask');
  await page.getByRole('button', { name: 'New conversation' }).click();
  await ask(page, 'How often is the mill cleaned?');
  await go(page, 'Health');
  await breaker.getByText(/^closed/).waitFor();
});

test('an admin isolates a dependency by hand, and closes its breaker again', async () => {
  await page.getByRole('button', { name: 'Isolate ollama_generation' }).click();
  const breaker = page.locator('.breaker', { hasText: 'ollama_generation' });
  await breaker.getByText('isolated by hand').waitFor();
  await page.getByRole('button', { name: 'Close ollama_generation' }).click();
  await breaker.getByText(/^closed/).waitFor();
});

test('a reader is offered nothing that needs another role', async () => {
  const reader = await visit.open();
  const forbidden = { status: 403, headers: { 'access-control-allow-origin': visit.emulator.dashboard! }, json: { message: 'no' } };
  await reader.route(/\/rag\/(ingest|status\/breakers)/, (route) => route.fulfill(forbidden));
  await signIn(reader, 'key', visit.apiKey);
  await reader.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  await go(reader, 'Documents');
  await reader.getByRole('button', { name: 'Machines', exact: true }).waitFor();
  expect(await reader.getByRole('button', { name: /Delete|Reindex|Begin/ }).count()).toBe(0);
  expect(await reader.locator('input[type=file]').count()).toBe(0);
  await go(reader, 'Health');
  await reader.locator('.dependency').first().waitFor();
  expect(await reader.getByRole('button', { name: /Isolate|Break/ }).count()).toBe(0);
  await reader.context().close();
});

test('a gateway that is away is told at once, and so is its return', async () => {
  await page.route(`${visit.emulator.url}/**`, (route) => route.abort());
  await page.getByText('The gateway does not answer.').first().waitFor();
  await page.reload();
  await page.getByText('The gateway does not answer.').waitFor();
  await page.unroute(`${visit.emulator.url}/**`);
  await page.getByText('Healthy', { exact: true }).waitFor();
});
