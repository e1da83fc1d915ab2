import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parse } from 'smol-toml';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../local/bundle.ts';

// `npm run deploy -- --dry-run` through the real wrangler, which asks no account for it.

const FOLDER = `${ROOT}dist/deploy/staging`;
const functions = Object.keys((parse(readFileSync(`${ROOT}wrangler.toml`, 'utf8')) as { env: object }).env).toSorted();
const addresses = {
  QDRANT_URL: 'https://qdrant.example',
  OLLAMA_URL: 'https://ollama.example',
  GATEWAY_PUBLIC_URL: 'https://gateway.example',
};
const deploy = (...names: string[]) =>
  spawnSync(process.execPath, [`${ROOT}compose/deploy.ts`, ...names, '--dry-run', '--env', 'staging'], {
    // No token: whatever asked the account would fail.
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...addresses },
    encoding: 'utf8',
  });

beforeAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('one function is bundled alone: nothing of another is written', () => {
  const run = deploy('search');
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/^rag-search-staging: [\d.]+ KiB, compressed [\d.]+ KiB\nNothing was deployed\. Not checked:/);
  expect(readdirSync(FOLDER)).toEqual(['search']);
});

test('all are bundled, each by itself; the other one is as it was', () => {
  const before = readFileSync(`${FOLDER}/search/wrangler.json`, 'utf8');
  const run = deploy('all');
  expect(run.stderr).toBe('');
  expect(readdirSync(FOLDER).toSorted()).toEqual(functions);
  for (const fn of functions) expect(existsSync(`${FOLDER}/${fn}/bundle/worker.js`), fn).toBe(true);
  expect(readFileSync(`${FOLDER}/search/wrangler.json`, 'utf8')).toBe(before);
});

test('no secret of this machine is in what would be uploaded', () => {
  for (const fn of functions) {
    const config = readFileSync(`${FOLDER}/${fn}/wrangler.json`, 'utf8');
    expect(config).not.toMatch(/SERVICE_TOKEN|REDIS_URL|API_KEY/);
  }
});
