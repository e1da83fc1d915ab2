import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startOllama } from '../../local/ollama/ollama.ts';
import { go, ingest, markdown, useVisit } from './visit.ts';

// A writer that takes its time over each word, so that somebody can stop it in the middle.
const answered: string[] = [];
const ollama = await startOllama({ wordMs: 40, log: (line) => void answered.push(line) });
const visit = useVisit({
  OLLAMA_URL: ollama.url,
  OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
  OLLAMA_GENERATION_MODEL: 'emulated-extract',
});
beforeAll(() => void answered.splice(0));
afterAll(() => ollama.close());

test('an answer that is stopped in mid-stream stays as it is, and the model stops', async () => {
  const page = await visit.enter();
  const lamp = (i: number) => `Lamp ${i} shines ${'very brightly and steadily '.repeat(12)}over the harbour.`;
  await ingest(page, [markdown('lamps.md', [0, 1, 2].map(lamp).join(' '))]);
  const chats = () => answered.filter((line) => line.includes('/api/chat')).length;
  const before = chats();
  await go(page, 'Ask');
  await page.getByLabel('Your question').fill('Which lamp shines over the harbour?');
  await page.keyboard.press('Enter');
  await page.locator('.text', { hasText: 'shines' }).waitFor();
  expect(await page.locator('[aria-busy]').count()).toBe(0);
  expect(chats()).toBe(before);
  await page.getByRole('button', { name: 'Stop' }).click();
  // The whole answer would take several seconds; Ollama's handler ends as soon as the connection to it does.
  await vi.waitFor(() => expect(chats()).toBe(before + 1), { timeout: 2_000 });
  await page.locator('.turn').getByText('Stopped.').waitFor();
  await page.getByRole('log').getByText('Stopped.').waitFor();
  await page.getByRole('button', { name: 'Copy with sources' }).waitFor();
  const text = await page.locator('.text').textContent();
  expect(text).toContain('shines');
  expect(text).not.toContain('harbour');
  await page.getByRole('button', { name: 'Ask', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.locator('.turn').nth(1).locator('.text', { hasText: 'shines' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
});
