import { expect, test } from 'vitest';
import worker from '../../../functions/dashboard/worker.ts';
import { bindings, page } from './assets.ts';

const GATEWAY = 'https://gateway.example/rag/';
const ask = async (path: string, init: RequestInit = {}, gateway: string | undefined = GATEWAY) => {
  const { assets, asked } = page();
  const response = await worker.request(`http://localhost:3103${path}`, init, bindings(assets, gateway));
  return { response, asked };
};

/** A policy by its directives. */
const directives = (response: Response) =>
  Object.fromEntries(
    response.headers
      .get('content-security-policy')!
      .split('; ')
      .map((one) => [one.split(' ')[0]!, one.split(' ').slice(1)]),
  );

test('200: the page, the script and the configuration carry the strict policy, and so does what is refused', async () => {
  for (const [path, method] of [
    ['/', 'GET'],
    ['/main-ABCD2345.js', 'GET'],
    ['/config.json', 'GET'],
    ['/nothing', 'GET'],
    ['/', 'POST'],
  ] as const) {
    const { response } = await ask(path, { method });
    const policy = directives(response);
    expect(policy, path).toMatchObject({
      'default-src': ["'self'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'connect-src': ["'self'", 'https://gateway.example'],
      'frame-ancestors': ["'none'"],
      'form-action': ["'none'"],
      'base-uri': ["'none'"],
      'require-trusted-types-for': ["'script'"],
    });
    expect(JSON.stringify(policy)).not.toMatch(/unsafe|\*/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-inside')).toBeNull();
  }
});

test('200: the configuration is the address of the gateway and that this is no emulator, and nothing else', async () => {
  const { response } = await ask('/config.json');
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ gatewayUrl: 'https://gateway.example/rag', emulator: false });
  for (const absent of [undefined, '']) {
    const usual = await worker.request('http://localhost:3103/config.json', {}, bindings(page().assets, absent));
    expect(await usual.json()).toEqual({ gatewayUrl: 'http://localhost:8000', emulator: false });
  }
});

test('200: the page is asked for anew each time, what is named by its content never again', async () => {
  expect((await ask('/')).response.headers.get('cache-control')).toBe('no-cache');
  expect((await ask('/main-ABCD2345.js')).response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
});

test('200: HEAD has the headers and no body', async () => {
  const { response } = await ask('/', { method: 'HEAD' });
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'text/html; charset=utf-8', '']);
});

test('200: nothing of a request but its path goes on to the assets', async () => {
  const { asked } = await ask('/?key=sesame', { headers: { apikey: 'sesame', range: 'bytes=0-1', cookie: 'a=b' } });
  expect(asked.map(({ url }) => url)).toEqual(['http://localhost:3103/']);
  expect([...asked[0]!.headers]).toEqual([]);
});

test('500: an address that is none is said, and never becomes part of a policy', async () => {
  for (const gateway of ['nowhere', 'ftp://gateway.example', 'javascript:alert(1)']) {
    const { response } = await ask('/', {}, gateway);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('GATEWAY_PUBLIC_URL must be a URL');
  }
  const { response } = await ask('/', {}, "https://gateway.example/;script-src 'unsafe-inline'");
  expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
});
