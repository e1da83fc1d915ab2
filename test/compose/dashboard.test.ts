import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { assetsOf, readBuilt } from '../../compose/assets.ts';
import { servePage } from '../../compose/page.ts';
import { startServer } from '../../compose/server.ts';
import { bundleDashboard } from '../../local/bundle-dashboard.ts';

// The page in a container: files in memory, served by the same function as at the edge.

const folder = mkdtempSync(join(tmpdir(), 'page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const [path, bytes] of await bundleDashboard()) writeFileSync(join(folder, path), bytes);

/** A path as it stands on the wire: `fetch` would tidy it up before it is sent. */
const raw = (url: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

test('the built page is served whole, with its policy, and needs no variable but its own', async () => {
  const server = await servePage({ env: { GATEWAY_PUBLIC_URL: 'http://localhost:9000' }, port: 0, host: '127.0.0.1', folder });
  try {
    const page = await fetch(server.url);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self' http://localhost:9000;");
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(parts.map((path) => path.replace(/-[A-Z0-9]{8}/, ''))).toEqual(['/icon.svg', '/style.css', '/main.js']);
    for (const path of parts) {
      const part = await fetch(server.url + path);
      expect(part.status, path).toBe(200);
      expect(part.headers.get('content-type')).toMatch(/svg|css|javascript/);
    }
    for (const path of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json', '//etc/passwd', '/constructor', '/__proto__'])
      expect(await raw(server.url, path), path).toBe(404);
  } finally {
    await server.close();
  }
});

test('a page that was not built says how', () => {
  expect(() => readBuilt(join(folder, 'nowhere'))).toThrow('npm run dashboard');
});

test('a page goes with no other function: its paths are its own', async () => {
  await expect(startServer({ env: {}, port: 0, host: '127.0.0.1', functions: ['dashboard', 'search'] })).rejects.toThrow();
});

test('what is not among the files is 404, whatever it is called', async () => {
  const assets = assetsOf(() => new Map([['/index.html', new TextEncoder().encode('x')]]));
  expect((await assets.fetch(new Request('http://p/'))).status).toBe(200);
  expect((await assets.fetch(new Request('http://p/toString'))).status).toBe(404);
});
