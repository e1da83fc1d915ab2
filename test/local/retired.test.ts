import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../local/gateway/gateway.ts';
import { createRetired } from '../../local/retired.ts';
import type { Workers } from '../../local/workers.ts';

function versions() {
  const busy = new Set<Workers>();
  const ended: string[] = [];
  const timers: { at: number; call: () => void }[] = [];
  let now = 0;
  const retired = createRetired(
    (one) => busy.has(one),
    (ms, call) => void timers.push({ at: now + ms, call }),
  );
  return {
    retired,
    busy,
    ended,
    version(name: string): Workers {
      return { urls: { search: name }, close: async () => void ended.push(name) };
    },
    pass(ms: number) {
      now += ms;
      for (const one of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(one), 1);
        one.call();
      }
    },
  };
}

test('an old version with calls under way outlives any number of edits; of those without, three stay', async () => {
  const { retired, busy, ended, version } = versions();
  const streaming = version('streaming');
  busy.add(streaming);
  await retired.add(streaming);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await retired.add(version(name));
  expect(ended).toEqual(['a', 'b']);
});

test('past its time a version ends as soon as its last call has', async () => {
  const { retired, busy, ended, version, pass } = versions();
  const [streaming, idle] = [version('streaming'), version('idle')];
  busy.add(streaming);
  await retired.add(streaming);
  await retired.add(idle);
  pass(75_000);
  expect(ended).toEqual(['idle']);
  pass(10_000);
  expect(ended).toEqual(['idle']);
  busy.clear();
  pass(1_000);
  expect(ended).toEqual(['idle', 'streaming']);
});

test('the end of the emulator ends them all, busy or not', async () => {
  const { retired, busy, ended, version } = versions();
  const streaming = version('streaming');
  busy.add(streaming);
  await retired.add(streaming);
  await retired.close();
  expect(ended).toEqual(['streaming']);
});

test('the gateway knows an address as busy from a call’s beginning to the end of its body', async () => {
  const held = Promise.withResolvers<() => void>();
  const server = createServer((_, response) => {
    response.write('first');
    held.resolve(() => response.end('last'));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => new Promise<void>((resolve) => void server.close(() => resolve())));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = `_format_version: '3.0'\nservices: [{ name: s, url: '${at}', routes: [{ name: r, paths: [/] }] }]`;
  const gateway = await startGateway({ config, port: 0, log: () => {} });
  onTestFinished(gateway.close);
  expect(gateway.isBusy(at)).toBe(false);
  const response = await fetch(gateway.url);
  const finish = await held.promise;
  expect(gateway.isBusy(at)).toBe(true);
  gateway.reload(config); // a new file changes nothing for a call under way
  expect(gateway.isBusy(at)).toBe(true);
  finish();
  expect(await response.text()).toBe('firstlast');
  await expect.poll(() => gateway.isBusy(at)).toBe(false);
});
