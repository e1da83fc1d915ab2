import { expect, test } from 'vitest';
import worker from '../../../functions/dashboard/worker.ts';
import { bindings, page } from './assets.ts';

const ask = (path: string, method = 'GET') => worker.request(`http://localhost:3103${path}`, { method }, bindings(page().assets));

test.each([
  '/nothing',
  '/index',
  '/../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc/passwd',
  '/main-ABCD2345.js/..%5c',
  '//elsewhere.test/x',
  '/%00',
])('404: %s is nothing here, and what answers says nothing of where it looked', async (path) => {
  const response = await ask(path);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('There is nothing here; the page is at /.');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
});

test("404: the emulator's faults are not part of what is deployed", async () => {
  expect((await ask('/emulator/faults')).status).toBe(404);
  expect((await ask('/emulator/faults/redis', 'POST')).status).toBe(405);
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('405: %s is told which methods there are', async (method) => {
  for (const path of ['/', '/config.json', '/nothing']) {
    const response = await ask(path, method);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  }
});
