import { afterEach, describe, expect, test } from 'vitest';
import { type FaultAnswers, parseFault, serveWithFaults } from '../../local/faults.ts';

const answers: FaultAnswers = {
  error: { status: 500, body: '{"error":"broken"}' },
  oom: { status: 507, body: '{"error":"no memory"}' },
  full: { status: 429, headers: { 'retry-after': '3' }, body: '{"error":"busy"}' },
};
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options: { random?: () => number; wait?: (ms: number) => Promise<void> } = {}) {
  const server = await serveWithFaults({
    answers,
    ...options,
    handler: (request, response) => {
      if (request.url === '/stream') {
        response.write('one\n');
        response.write('two\n');
        response.end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/plain' }).end('0123456789');
    },
  });
  open.push(server);
  return server;
}

describe('faults', () => {
  test('down: a connect is refused, and up answers on the same address again', async () => {
    const { url, faults } = await serve();
    // On a connection of its own: a pooled one would report its end, not the refusal.
    expect(await (await fetch(url, { headers: { connection: 'close' } })).text()).toBe('0123456789');
    await faults.set({ mode: 'down' });
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await faults.set({ mode: 'up' });
    expect((await fetch(url)).status).toBe(200);
  });

  test('slow: the answer waits for the delay, 5 seconds by default', async () => {
    const waited: number[] = [];
    const { url, faults } = await serve({ wait: async (ms) => void waited.push(ms) });
    await faults.set({ mode: 'slow' });
    await fetch(url);
    await faults.set({ mode: 'slow', delayMs: 20 });
    expect(await (await fetch(url)).text()).toBe('0123456789');
    expect(waited).toEqual([5000, 20]);
  });

  test.each([
    ['error', 500, 'broken', null],
    ['oom', 507, 'no memory', null],
    ['full', 429, 'busy', '3'],
  ] as const)('%s: answers as the product does', async (mode, status, error, retryAfter) => {
    const { url, faults } = await serve();
    await faults.set({ mode });
    const response = await fetch(url, { method: 'POST', body: 'ignored' });
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(await response.json()).toEqual({ error });
  });

  test('cut: the head arrives and the connection ends in the middle of the body', async () => {
    const { url, faults } = await serve();
    await faults.set({ mode: 'cut' });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('cut: a stream ends after its first piece', async () => {
    const { url, faults } = await serve();
    await faults.set({ mode: 'cut' });
    const response = await fetch(`${url}/stream`);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one\n');
    await expect(reader?.read()).rejects.toThrow('terminated');
  });

  test('a route limits a fault to a prefix or a regular expression', async () => {
    const { url, faults } = await serve();
    await faults.set({ mode: 'error', route: '/api' });
    expect((await fetch(`${url}/api/chat`)).status).toBe(500);
    expect((await fetch(`${url}/other`)).status).toBe(200);
    await faults.set({ mode: 'error', route: '~/query$' });
    expect((await fetch(`${url}/points/query?x=1`)).status).toBe(500);
    expect((await fetch(`${url}/points/query/batch`)).status).toBe(200);
    await faults.set({ mode: 'down', route: '/api' });
    await expect(fetch(`${url}/api`)).rejects.toThrow('fetch failed');
    expect((await fetch(url)).status).toBe(200);
  });

  test('a share strikes that part of the calls', async () => {
    const draws = [0.1, 0.29, 0.3, 0.9];
    const { url, faults } = await serve({ random: () => draws.shift() ?? 1 });
    await faults.set({ mode: 'error', share: 0.3 });
    const statuses: number[] = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await fetch(url)).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
  });

  test('clear: mends what was broken, and current says what holds', async () => {
    const { url, faults } = await serve();
    await faults.set({ mode: 'error', share: 1, route: '/' });
    expect(faults.current()).toEqual({ mode: 'error', share: 1, route: '/' });
    await faults.clear();
    expect(faults.current()).toEqual({ mode: 'up' });
    expect((await fetch(url)).status).toBe(200);
  });

  test.each([
    [{ mode: 'broken' }, 'mode: must be one of up, down, slow, error, cut, oom, full'],
    [{ mode: 'slow', delay: 1 }, 'delay: unknown'],
    [{ mode: 'slow', delayMs: -1 }, 'delayMs: must be milliseconds'],
    [{ mode: 'error', share: 2 }, 'share: must be a number between 0 and 1'],
    [{ mode: 'error', route: 'api' }, 'route: must be a path prefix'],
    [{ mode: 'error', route: '~(' }, 'is not a regular expression'],
    ['down', 'a fault is an object'],
  ])('%j is refused, and the message says what it may be', (fault, message) => {
    expect(() => parseFault(fault)).toThrow(message);
  });
});
