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
  const breaker = page.locator('.breaker', { hasText: 'ollama_generation' });
  await page.getByRole('button', { name: 'Isolate ollama_generation' }).click();
  await page.getByRole('dialog').getByText('for every tenant').waitFor();
  await page.getByRole('button', { name: 'Leave it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await breaker.getByText(/^closed/).waitFor();
  await page.getByRole('button', { name: 'Isolate ollama_generation' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Isolate' }).click();
  await breaker.getByText('isolated by hand').waitFor();
  expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Isolate ollama_generation');
  await go(page, 'Ask');
  await page.getByLabel('Answer', { exact: true }).selectOption('Written');
  await page.getByLabel(/^Your/).fill('Who cleans the mill on Fridays?');
  await page.keyboard.press('Enter');
  const problem = page.locator('.turn').last().locator('.alert');
  await problem.getByText('Writing was isolated by hand; it stays so until an admin closes its breaker.').waitFor();
  await problem.getByRole('link', { name: 'See Health' }).click();
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

test('a fault that would mend another one says so', async () => {
  await page.getByLabel('What is broken').selectOption('Embedding (Ollama)');
  await page.getByRole('button', { name: 'Break', exact: true }).click();
  await page.getByRole('button', { name: 'Mend ollama' }).waitFor();
  await page.getByLabel('What is broken').selectOption('Writing (Ollama)');
  await page.getByText('A stand-in has one fault at a time: this mends “Embedding (Ollama) is down”.').waitFor();
  await page.getByLabel('What is broken').selectOption('Redis');
  await page.getByText('A stand-in has one fault at a time').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Mend ollama' }).click();
  await page.getByRole('button', { name: 'Mend ollama' }).waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.id')).toBe('faults-title');
});

test('where there is no emulator, nobody but the gateway is shown a credential', async () => {
  const deployed = await visit.open();
  const config = { gatewayUrl: visit.emulator.url, emulator: false };
  await deployed.route(`${visit.emulator.dashboard}/config.json`, (route) => route.fulfill({ json: config }));
  const shown: string[] = [];
  deployed.on('request', (request) => {
    const { apikey, authorization } = request.headers();
    if (apikey !== undefined || authorization !== undefined) shown.push(new URL(request.url()).origin);
  });
  await signIn(deployed, 'key', visit.apiKey);
  await deployed.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  await go(deployed, 'Health');
  await deployed.locator('.dependency').first().waitFor();
  expect([...new Set(shown)]).toEqual([new URL(visit.emulator.url).origin]);
  expect(await deployed.getByText('Break something').count()).toBe(0);
  await deployed.context().close();
});

test('what nobody could see is unknown, on the lines too, and not as it was before', async () => {
  const seen = await visit.open();
  await seen.clock.install();
  await signIn(seen, 'key', visit.apiKey);
  await seen.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
  await go(seen, 'Health');
  await seen.locator('.dependency').first().waitFor();
  const line = seen.locator('.breaker').first().getByRole('img');
  expect(await line.getAttribute('aria-label')).not.toContain('unknown');
  await seen.route(`${visit.emulator.url}/**`, (route) => route.abort());
  await seen.clock.fastForward(70_000);
  await expect
    .poll(() => seen.locator('.breaker .state').allTextContents())
    .toEqual(Array(4).fill(expect.stringMatching(/^unknown since /)));
  expect(await seen.locator('.dependency .state').allTextContents()).toEqual(Array(3).fill(expect.stringMatching(/^unknown since /)));
  expect(await line.getAttribute('aria-label')).toMatch(/closed from .*, unknown from /);
  expect(await seen.getByRole('region', { name: 'Left of this minute' }).textContent()).toMatch(
    /Requests: \d+ a minute; what is left is unknown since/,
  );
  await seen.unroute(`${visit.emulator.url}/**`);
  await seen.clock.fastForward(6_000);
  await seen.locator('.breaker .state').first().getByText('closed').waitFor();
  expect(await line.getAttribute('aria-label')).toMatch(/closed from .*, unknown from .*, closed from /);
  await seen.context().close();
});

test('a gateway that is away is told at once, and so is its return', async () => {
  await page.route(`${visit.emulator.url}/**`, (route) => route.abort());
  await page.getByText('The gateway does not answer.').first().waitFor();
  await page.evaluate('scrollTo(0, 0)');
  const [banner, title] = await Promise.all(['.banner', 'h1'].map((one) => page.locator(one).boundingBox()));
  expect(title!.y).toBeGreaterThanOrEqual(banner!.y + banner!.height);
  await page.reload();
  await page.getByText('The gateway does not answer.').waitFor();
  await page.unroute(`${visit.emulator.url}/**`);
  await page.getByText('Healthy', { exact: true }).waitFor();
});
