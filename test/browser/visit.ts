import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { mintToken } from '../../gateway/token.ts';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { ensureEnv, readSettings, type Settings } from '../../local/settings.ts';

/** Debian's, or another one that CHROMIUM names. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export type Visit = {
  readonly emulator: Emulator;
  readonly apiKey: string;
  /** A token of the other tenant, good for so many seconds, 600 unless told. */
  token(ttl?: number): string;
  /** A page of a fresh browser profile at the sign-in. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The same, signed in: as the developer by a key, or as the other tenant by a token. */
  enter(as?: 'key' | 'token', options?: BrowserContextOptions): Promise<Page>;
};

/** Signs in on the page as it stands. */
export async function signIn(page: Page, kind: 'key' | 'token', value: string): Promise<void> {
  if (kind === 'token') await page.getByLabel('a token').check();
  await page.getByLabel(kind === 'key' ? 'API key' : 'Token (JWT)').fill(value);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Goes to a view by its link. */
export async function go(page: Page, view: 'Ask' | 'Search' | 'Documents' | 'Health'): Promise<void> {
  await page.getByRole('link', { name: view, exact: true }).click();
  await page.getByRole('heading', { name: view, level: 1 }).waitFor();
}

export type Upload = { name: string; mimeType: string; buffer: Buffer };
export const markdown = (name: string, text: string): Upload => ({ name, mimeType: 'text/markdown', buffer: Buffer.from(text) });

/** Drops files into a collection and waits until the service is done with them. */
export async function ingest(page: Page, files: Upload[] | string, collection = 'default'): Promise<void> {
  await go(page, 'Documents');
  if (collection !== 'default') {
    await page.getByLabel('Begin another collection').fill(collection);
    await page.getByRole('button', { name: 'Begin' }).click();
  }
  await page.getByLabel(typeof files === 'string' ? 'a folder' : 'files', { exact: true }).setInputFiles(files);
  await page.locator('.task .state').first().getByText(/^Done/).waitFor();
}

/** Sends texts to a collection of the developer's without the page, and waits until they are in it. */
export async function send(
  { emulator, apiKey }: Visit,
  collection: string,
  documents: { id: string; title?: string; text: string }[],
): Promise<void> {
  const response = await fetch(`${emulator.url}/api/v1/rag/ingest?wait=20000`, {
    method: 'POST',
    headers: { apikey: apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ collection, documents }),
  });
  const body = await response.text();
  expect([response.status, body]).toEqual([200, expect.stringContaining('"succeeded"')]);
}

/** Asks a question and waits for the whole answer. */
export async function ask(page: Page, question: string): Promise<void> {
  await go(page, 'Ask');
  const before = await page.locator('.turn .facts').count();
  await page.getByLabel(/^Your (next )?question$/).fill(question);
  await page.keyboard.press('Enter');
  await page.locator('.turn .facts').nth(before).waitFor();
}

/**
 * Gives the file's tests an emulator with its dashboard and a browser; everything is closed after them.
 *
 * What the page's policy had to stop, and every error that a page did not catch, fails the test in which it was.
 */
export function useVisit(env: Record<string, string> = {}): Visit {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  let settings: Settings;
  let emulator: Emulator | undefined;
  let browser: Browser | undefined;
  let budgets: Redis | undefined;
  let troubles: string[] = [];
  beforeAll(async () => {
    expect(existsSync(CHROMIUM), `there is no browser at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`).toBe(true);
    const file = join(folder, '.env');
    ensureEnv(file);
    settings = readSettings(file, { PORT: '0', REDIS_TIMEOUT_MS: '2000', ...env });
    // A sandbox cannot be had by root in a container, where these tests run; the pages are our own.
    const [started, launched] = await Promise.all([
      startEmulator({ settings, dataDir: null, log: () => {}, dashboardPort: 0 }),
      chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }),
    ]);
    emulator = started;
    browser = launched;
    budgets = new Redis(started.redis.url, { lazyConnect: true });
    budgets.on('error', () => {});
  });
  // Tests ask more in a minute than people do.
  beforeEach(async () => void (await budgets?.flushall()));
  afterEach(() => {
    const found = troubles;
    troubles = [];
    expect(found).toEqual([]);
  });
  afterAll(async () => {
    budgets?.disconnect();
    await browser?.close();
    await emulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await (await browser!.newContext(options)).newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => (/Content Security|Trusted/.test(message.text()) ? troubles.push(message.text()) : undefined));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(emulator!.dashboard!);
    return page;
  };
  const token = (ttl = 600) => mintToken({ consumer: 'dashboard', secret: settings.jwt.secret, ttl, now: Math.floor(Date.now() / 1_000) });
  return {
    token,
    get emulator() {
      return emulator!;
    },
    get apiKey() {
      return settings.apiKey;
    },
    open,
    async enter(as = 'key', options) {
      const page = await open(options);
      await signIn(page, as, as === 'key' ? settings.apiKey : token());
      await page.getByRole('heading', { name: 'Ask', level: 1 }).waitFor();
      return page;
    },
  };
}
