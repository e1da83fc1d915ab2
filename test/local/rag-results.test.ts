import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../functions/_kernel/client/client.ts';
import { ingestedLines } from '../../local/show.ts';
import { functionsFetch } from '../functions/client-fetch.ts';
import { useCommandLine } from './rag-command.ts';

// The command line: what each command finds or does, and how a terminal is shown it.

const { world, top, rag } = useCommandLine();

describe('what is found', () => {
  test('search: passages, or 4 and the same in JSON', async () => {
    const found = await rag(['search', 'oiled', 'lathe', '--limit', '1']);
    expect(found).toMatchObject({ status: 0, out: expect.stringContaining('1. lathe.md') });
    expect((await rag(['search', 'oiled lathe', '--json'])).lines[0]).toMatchObject({ query: 'oiled lathe', collection: 'default' });
    expect((await rag(['collections', 'create', 'empty'])).status).toBe(0);
    expect(await rag(['search', 'lathe', '--collection', 'empty'])).toMatchObject({ status: 4, out: 'Nothing was found.\n' });
  });

  test('a document cannot steer the terminal', async () => {
    for (const words of [
      ['search', 'saw'],
      ['ask', 'When is the saw sharpened?'],
      ['documents', 'show', 'tools/saw.txt'],
    ])
      expect((await rag(words)).out, words[0]).not.toContain('\u001b');
  });

  test('nor can its id, wherever it is named', async () => {
    const id = 'b\u001b]0;pwned\u0007\u009b31m.md';
    const functions = functionsFetch(world);
    const client = createClient({ url: 'http://rag.test', fetch: functions.fetch });
    const documents = [{ id, text: 'The gasket is greased on Fridays.' }];
    await client.ingest({ collection: 'hostile', documents }, { waitMs: 10_000 });
    await functions.settled();
    for (const words of [
      ['search', 'gasket'],
      ['ask', 'When is the gasket greased?'],
      ['documents'],
      ['documents', 'show', id],
      ['documents', 'delete', id],
    ]) {
      const { out, err } = await rag([...words, '--collection', 'hostile']);
      expect(out + err, words[0]).toMatch(/\S/);
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(out + err, words[0]).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
    const failed = { done: 0, unchanged: 0, chunks: 0, failures: [{ documentId: id, detail: 'It is empty.' }] };
    expect(ingestedLines(failed).join('')).not.toContain('\u001b');
  });

  test('a long id is listed whole, so that it can be used', async () => {
    const id = `${'deep/'.repeat(30)}file.md`;
    const functions = functionsFetch(world);
    await createClient({ url: 'http://rag.test', fetch: functions.fetch }).ingest(
      { collection: 'deep', documents: [{ id, text: 'A lantern.' }] },
      { waitMs: 10_000 },
    );
    await functions.settled();
    expect((await rag(['documents', '--collection', 'deep'])).out).toContain(id);
  });

  test('an answer stands although a document that it cites has gone meanwhile', async () => {
    const functions = functionsFetch(world);
    const fetch: typeof globalThis.fetch = (input, init) => {
      const gone = new Request(input).url.includes('/documents/');
      const problem = { type: 'a', title: 'b', status: 404, code: 'document_not_found', detail: 'Gone.', requestId: 'r' };
      return gone ? Promise.resolve(Response.json(problem, { status: 404 })) : functions.fetch(input, init);
    };
    const { status, out, err } = await rag(['ask', 'When is the lathe oiled?'], { fetch });
    expect({ status, out, err }).toMatchObject({
      status: 0,
      out: expect.stringMatching(/\[1\] lathe\.md, characters \d+–\d+ {2}“The lathe is oiled every morning\.”/),
      err: '',
    });
  });

  test('ask: the answer with file and line, or 4; in JSON the whole answer on one line', async () => {
    const told = await rag(['ask', 'When is the lathe oiled?']);
    expect(told).toMatchObject({ status: 0, out: expect.stringMatching(/lathe\.md:3 {2}“The lathe is oiled every morning\.”/) });
    const { lines } = await rag(['ask', 'When is the lathe oiled?', '--json']);
    expect(lines).toMatchObject([{ answerable: true, citations: [{ documentId: 'lathe.md' }] }]);
    expect((await rag(['ask', 'Who won the football championship in 1954?'])).status).toBe(4);
  });

  test('ask without a question is a conversation: each line is asked with what was said before', async () => {
    const functions = functionsFetch(world);
    const { status, lines } = await rag(['ask', '--json'], { stdin: 'When is the lathe oiled?\n\nAnd the saw?\n', fetch: functions.fetch });
    expect(status).toBe(0);
    expect(lines).toHaveLength(2);
    const [first, second] = functions.requests.filter(({ url }) => url.endsWith('/query'));
    expect(JSON.parse(await first!.clone().text())).toMatchObject({ history: [] });
    expect(JSON.parse(await second!.clone().text())).toMatchObject({ history: [{ role: 'user' }, { role: 'assistant' }] });
  });

  test('a conversation on a terminal is prompted for, and ends with the input', async () => {
    const { status, out, err } = await rag(['ask'], { tty: true, stdin: 'When is the lathe oiled?\n' });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('? ');
    expect(out).toContain('lathe.md:3');
  });

  test('documents: listed, shown to the letter, deleted', async () => {
    expect((await rag(['documents'])).out).toMatch(/^lathe\.md +1 chunks/m);
    expect((await rag(['documents', 'show', 'lathe.md'])).out).toContain('The lathe is oiled every morning.');
    await rag(['ingest', join(top, 'docs/lathe.md'), '--collection', 'spare']);
    const listed = await rag(['documents', '--collection', 'spare', '--json']);
    expect(listed.lines).toMatchObject([{ chunks: 1, contentType: 'text/markdown' }]);
    const id = String(listed.lines[0]!['id']);
    expect((await rag(['documents', 'delete', id, '--collection', 'spare', '--json'])).lines).toEqual([{ deleted: id, chunksDeleted: 1 }]);
    expect((await rag(['documents', '--collection', 'spare'])).status).toBe(4);
    expect(await rag(['documents', 'show', 'gone'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('rag documents lists the ids'),
    });
  });

  test('ingest: unchanged files say so, in JSON too; one that cannot be read is 1 with its reason', async () => {
    expect((await rag(['ingest', join(top, 'docs'), '--json'])).lines).toMatchObject([{ done: 0, unchanged: 2, failures: [] }]);
    writeFileSync(join(top, 'broken.pdf'), 'no pdf');
    expect(await rag(['ingest', join(top, 'broken.pdf')])).toMatchObject({ status: 1, out: expect.stringContaining('broken.pdf: ') });
  });

  test('collections: made, listed, shown, rebuilt, deleted', async () => {
    expect((await rag(['collections', 'create', 'shelf', '--description', 'Books'])).out).toBe('Made shelf.\n');
    expect((await rag(['collections', '--json'])).lines.map(({ name }) => name)).toContain('shelf');
    expect((await rag(['collections', 'show', 'shelf'])).out).toMatch(/^shelf Books\n(.*\n)* {2}chunkChars +\d+/m);
    expect(await rag(['collections', 'reindex', 'default'])).toMatchObject({ status: 0, out: expect.stringContaining('succeeded') });
    expect((await rag(['collections', 'delete', 'shelf', '--yes'])).out).toBe('Deleted shelf.\n');
    expect((await rag(['collections', 'show', 'shelf'])).status).toBe(1);
  });

  test('jobs: listed, shown, cancelled', async () => {
    const { lines } = await rag(['jobs', '--json']);
    const id = String(lines.at(-1)!['jobId']);
    expect((await rag(['jobs', 'show', id])).out).toContain(id);
    expect((await rag(['jobs', 'cancel', id])).status).toBe(0);
    expect((await rag(['jobs', 'show', '00000000-0000-4000-8000-000000000000'])).err).toContain('rag jobs lists the ids');
  });

  test('status and breakers: what is up, what is isolated, and closed again', async () => {
    await rag(['breakers', 'close', 'ollama_generation']);
    expect(await rag(['status'])).toMatchObject({ status: 0, out: expect.stringMatching(/^healthy version .*\n {2}qdrant +up/) });
    expect((await rag(['breakers', 'isolate', 'ollama_generation'])).out).toMatch(/ollama_generation +isolated/);
    expect((await rag(['breakers', '--json'])).lines[0]).toMatchObject({ ollama_generation: { state: 'isolated' } });
    expect((await rag(['breakers', 'close', 'ollama_generation'])).out).toMatch(/ollama_generation +closed/);
  });

  test('fault: without an emulator it says how to start one', async () => {
    expect(await rag(['fault', 'ollama', 'down'])).toMatchObject({ status: 1, err: expect.stringContaining('npm start') });
  });
});

describe('a terminal', () => {
  test('has colours, unless NO_COLOR is set; what is no terminal has none', async () => {
    const env = { RAG_API_KEY: 'k', RAG_URL: 'http://rag.test' };
    expect((await rag(['search', 'lathe'], { tty: true })).out).toContain('\u001b[1m');
    expect((await rag(['search', 'lathe'], { tty: true, env: { ...env, NO_COLOR: '1' } })).out).not.toContain('\u001b');
    expect((await rag(['search', 'lathe'])).out).not.toContain('\u001b');
    expect((await rag(['search', 'lathe', '--json'], { tty: true })).lines).toHaveLength(1);
  });
});
