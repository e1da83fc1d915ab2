import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ensureEnv, ensureSecrets, readEnvFile } from '../../local/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what a start needs beside the first secrets is made once, and kept', () => {
  const file = join(folder, 'first.env');
  ensureEnv(file);
  expect(ensureSecrets(['KONG_PG_PASSWORD', 'GRAFANA_PASSWORD'], file, {})).toEqual(['KONG_PG_PASSWORD', 'GRAFANA_PASSWORD']);
  const made = readEnvFile(file);
  for (const name of ['SERVICE_TOKEN', 'KONG_PG_PASSWORD', 'GRAFANA_PASSWORD']) expect(made[name]).toMatch(/^[0-9a-f]{64}$/);
  expect(ensureSecrets(['KONG_PG_PASSWORD', 'GRAFANA_PASSWORD'], file, {})).toEqual([]);
  expect(readEnvFile(file)).toEqual(made);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('one that the process or the file has is left as it is, whatever the last line ends with', () => {
  const file = join(folder, 'own.env');
  writeFileSync(file, 'API_KEY=mine\nGRAFANA_PASSWORD=\nPORT=9000');
  expect(ensureSecrets(['KONG_PG_PASSWORD', 'GRAFANA_PASSWORD'], file, { KONG_PG_PASSWORD: 'theirs' })).toEqual(['GRAFANA_PASSWORD']);
  expect(readFileSync(file, 'utf8')).toMatch(/^API_KEY=mine\nGRAFANA_PASSWORD=\nPORT=9000\nGRAFANA_PASSWORD=\w{64}\n$/);
  expect(readEnvFile(file)['GRAFANA_PASSWORD']).toMatch(/^\w{64}$/);
});
