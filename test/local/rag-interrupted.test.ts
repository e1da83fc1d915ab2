import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { functionsFetch, puppetFetch } from '../functions/client-fetch.ts';
import { useCommandLine } from './rag-command.ts';

// The command line: what is watched, asked or awaited until Ctrl-C.

const { world, top, rag } = useCommandLine();

test('a watched folder is kept in step until Ctrl-C, which ends any command, with 130', async () => {
  const folder = join(top, 'watched');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.md'), 'The first lantern.');
  const ended = new AbortController();
  const run = rag(['ingest', folder, '--watch', '--collection', 'watched', '--json'], { signal: ended.signal });
  const kept = async () => (await rag(['documents', '--collection', 'watched', '--json'])).lines.map(({ id }) => id);
  await vi.waitFor(async () => expect(await kept()).toEqual(['a.md']), { timeout: 5_000 });
  writeFileSync(join(folder, 'b.md'), 'The second lantern.');
  rmSync(join(folder, 'a.md'));
  await vi.waitFor(async () => expect(await kept()).toEqual(['b.md']), { timeout: 8_000 });
  ended.abort();
  const { status, lines } = await run;
  expect(status).toBe(130);
  expect(lines).toEqual(expect.arrayContaining([{ deleted: 'a.md' }]));
});

test('Ctrl-C at a question is an end as anywhere: 130, and nothing is deleted', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const functions = functionsFetch(world);
  await rag(['collections', 'create', 'kept']);
  const run = rag(['collections', 'delete', 'kept'], { tty: true, input: stdin, fetch: functions.fetch });
  await vi.waitFor(() => expect(functions.requests).toHaveLength(1));
  stdin.write('\u0003');
  expect(await run).toMatchObject({ status: 130, err: '' });
  expect((await rag(['collections', 'show', 'kept'])).status).toBe(0);
});

test('what is no result is JSON too, where JSON is asked for', async () => {
  const folder = join(top, 'remarks');
  mkdirSync(folder);
  const ended = new AbortController();
  const stderr = Object.assign(new PassThrough(), { isTTY: false });
  const run = rag(['ingest', folder, '--watch', '--json'], { signal: ended.signal, stderr: stderr as unknown as NodeJS.WriteStream });
  const [line] = (await once(stderr, 'data')) as [Buffer];
  ended.abort();
  expect(JSON.parse(line.toString())).toEqual({ remark: `Watching ${folder}; Ctrl-C ends it.` });
  expect((await run).status).toBe(130);
});

test('Ctrl-C does not wait for an answer', async () => {
  const ended = new AbortController();
  const hanging = puppetFetch(() => new Promise(() => {}));
  const run = rag(['search', 'x'], { signal: ended.signal, fetch: hanging.fetch });
  ended.abort();
  expect(await run).toMatchObject({ status: 130, err: '' });
});
