import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../local/commands/all.ts';
import { createClient } from '../../functions/_kernel/client/client.ts';
import { searchMode } from '../../functions/_kernel/http/fields.ts';
import { HITS_MAX } from '../../functions/_kernel/limits.ts';
import { main } from '../../local/commands/main.ts';
import { ingestedLines } from '../../local/show.ts';
import type { Surroundings } from '../../local/commands/command.ts';
import { functionsFetch, puppetFetch, type Play } from '../functions/client-fetch.ts';
import { useWorld } from '../functions/world.ts';

// The command line in this process: what it writes, and its exit status, for what is typed.

const world = useWorld();
const top = mkdtempSync(join(tmpdir(), 'rag-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

type Run = { status: number; out: string; err: string; lines: Record<string, unknown>[] };
type Given = Partial<Omit<Surroundings, 'stdin'>> & { stdin?: string; tty?: boolean; input?: PassThrough };

async function rag(words: readonly string[], given: Given = {}): Promise<Run> {
  const { stdin = '', tty = false, input: typed, ...more } = given;
  const stdout = Object.assign(new PassThrough(), { isTTY: tty });
  const stderr = Object.assign(new PassThrough(), { isTTY: tty });
  const input = typed ?? Object.assign(new PassThrough(), { isTTY: false });
  if (typed === undefined) input.end(stdin);
  const functions = functionsFetch(world);
  const status = await main(words, {
    env: { RAG_API_KEY: 'k', RAG_URL: 'http://rag.test' },
    cwd: top,
    home: top,
    script: join(top, 'rag.js'),
    stdin: input as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    fetch: functions.fetch,
    signal: new AbortController().signal,
    ...more,
  });
  await functions.settled();
  const [out, err] = [stdout, stderr].map((one) => String(one.read() ?? '')) as [string, string];
  const objects = words.includes('--json') ? out.split('\n').filter(Boolean) : [];
  return { status, out, err, lines: objects.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
const puppet = (...plays: Play[]): Given => ({ fetch: puppetFetch(...plays).fetch });
const kong = (status: number, message: string, headers: Record<string, string> = {}): Given =>
  puppet(() => new Response(JSON.stringify({ message }), { status, headers }));

beforeAll(async () => {
  mkdirSync(join(top, 'docs/tools'), { recursive: true });
  writeFileSync(join(top, 'docs/lathe.md'), '# Lathe\n\nThe lathe is oiled every morning.\n');
  writeFileSync(join(top, 'docs/tools/saw.txt'), 'The saw is sharpened on Mondays. \u001b[31mRed\u001b[0m.');
  const { status, out } = await rag(['ingest', join(top, 'docs')]);
  expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/ingested +2 files +2 chunks/) });
});

describe('help', () => {
  test('names every command with its example, and every exit status; a command names its options', async () => {
    const { status, out } = await rag(['--help']);
    expect(status).toBe(0);
    for (const { name, example, summary } of COMMANDS) {
      for (const part of [`  ${name}`, summary, `rag ${example}`]) expect(out).toContain(part);
      const one = await rag([name, '-h']);
      expect(one.out).toContain(`usage: rag ${name}`);
      for (const option of Object.keys(COMMANDS.find((command) => command.name === name)!.options ?? {}))
        expect(one.out).toContain(`--${option}`);
    }
    for (const code of [0, 1, 2, 3, 4, 130]) expect(out).toMatch(new RegExp(`^  ${code} +\\w`, 'm'));
    expect(out.split('\n').filter((line) => line.length > 140)).toEqual([]);
  });

  test('what npm says of itself is kept out of what the examples write and what a program reads', async () => {
    const npm = { env: { npm_lifecycle_event: 'rag' } };
    const { out } = await rag(['--help'], npm);
    expect(out).toContain('npm run --silent rag -- search "');
    expect(out.split('\n').filter((line) => line.includes('npm run') && !line.includes('--silent'))).toEqual([]);
    expect((await rag(['mcp', '--help'], npm)).out).toContain(
      `["run", "--silent", "--prefix", ${JSON.stringify(top)}, "rag", "--", "mcp"]`,
    );
    expect((await rag(['completion', '--help'], npm)).out).toContain(`alias rag='${process.execPath}`);
  });

  test('outside the project it speaks of no npm script: a desktop client starts the program itself', async () => {
    const { out } = await rag(['mcp', '--help'], { script: '/opt/rag/dist/cli/rag.js' });
    expect(out).toContain('"args": ["/opt/rag/dist/cli/rag.js", "mcp"]');
    expect(out).not.toMatch(/npm|folder>/);
  });

  /** What an example says here, where there is no emulator, no job of that id, and only the two files. */
  const SAYS: Record<string, [status: number, says: RegExp]> = {
    ingest: [1, /There is nothing at \.\/docs/],
    search: [0, /1\. lathe\.md|1\. tools\/saw\.txt/],
    ask: [4, /do not answer/],
    documents: [1, /no such document/],
    collections: [0, /succeeded/],
    jobs: [1, /no such ingestion job/],
    status: [0, /healthy/],
    breakers: [0, /isolated/],
    fault: [1, /npm start/],
    mcp: [0, /^$/],
    completion: [0, /complete -o default/],
  };
  test.each(COMMANDS.map(({ name, example }) => [name, example]))('the example of %s does what it says: %s', async (name, example) => {
    const words = example
      .replace(/ > .*/, '')
      .match(/"[^"]*"|\S+/g)!
      .map((word) => word.replaceAll('"', ''));
    const { status, out, err } = await rag(words.filter((word) => word !== '--watch'));
    const [expected, says] = SAYS[name]!;
    expect(out + err).toMatch(says);
    expect(status, err).toBe(expected);
    if (name === 'breakers') await rag(['breakers', 'close', 'ollama_generation']);
  });
});

describe('exit status 2, with what to write instead, when', () => {
  test.each([
    [[], 'A command is missing'],
    [['serach', 'x'], 'There is no command serach'],
    [['search'], 'Write what to search for'],
    [['search', 'x', '--limit', '0'], `--limit must be a whole number from 1 to ${HITS_MAX}`],
    [['search', 'x', '--limit', ''], '--limit must be'],
    [['search', 'x', '--mode', 'psychic'], searchMode.options.join(', ')],
    [['fault', 'redis', 'slow', '--share', 'half'], '--share must be'],
    [['fault', 'redis', 'slow', '--ms', 'x'], '--ms must be'],
    [['search', 'x', '--watch'], 'search has no --watch'],
    [['search', 'x', '--frob'], '--frob'],
    [['ingest'], 'Name a folder or a file'],
    [['documents', 'show'], 'documents show <id>'],
    [['collections', 'rename', 'x'], 'list, create, show, delete and reindex'],
    [['collections', 'delete', 'default'], '--yes'],
    [['jobs', 'pause', 'x'], 'jobs cancel <id>'],
    [['breakers', 'isolate', 'everything'], 'ollama_embedding'],
    [['fault', 'kong', 'down'], 'redis|qdrant|ollama'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
  ])('%j', async (words, said) => {
    const { status, out, err } = await rag(words);
    expect(err).toContain(said);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  test('the address is none, or the key cannot be one', async () => {
    expect(await rag(['search', 'x', '--url', 'rag.test'])).toMatchObject({ status: 2, err: expect.stringContaining('https://') });
    const { status, err } = await rag(['search', 'x', '--key', 'a secret']);
    expect({ status, err }).toMatchObject({ status: 2, err: expect.not.stringContaining('a secret') });
  });
});

describe('an error says the remedy, and in JSON the same', () => {
  test('3: nobody is there', async () => {
    const down = puppet(() => Promise.reject(new TypeError('fetch failed')));
    const { status, err } = await rag(['collections', 'create', 'a', '--url', 'http://127.0.0.1:1'], down);
    expect({ status, err }).toMatchObject({ status: 3, err: expect.stringMatching(/http:\/\/127\.0\.0\.1:1\. .*npm start.*RAG_URL/) });
    const told = await rag(['collections', 'create', 'a', '--json'], down);
    expect(JSON.parse(told.err)).toMatchObject({ error: { code: 'unreachable', status: 0, remedy: expect.stringContaining('npm start') } });
  });

  test('3: what is there has none of these paths', async () => {
    const { status, err } = await rag(['collections', '--url', 'http://else.test'], kong(404, 'no Route matched with those values'));
    expect({ status, err }).toMatchObject({ status: 3, err: expect.stringMatching(/http:\/\/else\.test.*--url/) });
  });

  test('1: something failed inside: the log knows', async () => {
    const problem = { type: 'a', title: 'b', status: 500, code: 'internal', detail: 'Something failed.', requestId: 'r-1' };
    const { status, err } = await rag(
      ['collections'],
      puppet(() => Response.json(problem, { status: 500 })),
    );
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringMatching(/log[^]*r-1/) });
  });

  test('in JSON wrong usage and what fails here have the same fields', async () => {
    const remedyOf = async (...words: string[]) => JSON.parse((await rag([...words, '--json'])).err) as { error: Record<string, unknown> };
    expect(await remedyOf('search')).toMatchObject({ error: { code: 'usage', remedy: expect.stringContaining('rag --help') } });
    expect(Object.keys((await remedyOf('ingest', join(top, 'absent'))).error)).toEqual(['code', 'message', 'remedy']);
  });

  test('3: somebody else is there', async () => {
    const { status, err } = await rag(
      ['status'],
      puppet(() => new Response('<html>', { headers: { 'content-type': 'text/html' } })),
    );
    expect({ status, err }).toMatchObject({ status: 3, err: expect.stringContaining('--url') });
  });

  test('1: a wrong key, a missing role, a spent limit', async () => {
    expect(await rag(['search', 'x'], kong(401, 'Unauthorized'))).toMatchObject({ status: 1, err: expect.stringContaining('RAG_API_KEY') });
    expect(await rag(['search', 'x'], { ...kong(401, 'Unauthorized'), env: {} })).toMatchObject({
      status: 1,
      err: expect.stringContaining('.env'),
    });
    expect((await rag(['search', 'x'], kong(403, 'You cannot consume this service'))).err).toContain('role');
    expect((await rag(['ask', 'x'], kong(429, 'API rate limit exceeded', { 'retry-after': '42' }))).err).toContain('Try again in 42 s.');
  });

  test('1: each wrong field on a line of its own, and the request id', async () => {
    const { status, err } = await rag(['search', 'x', '--collection', 'No!']);
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringMatching(/^ {2}collection must be 1–63.*\n\(request .+\)$/m) });
    expect((await rag(['search', 'x', '--collection', 'none'])).err).toContain('rag collections lists yours');
  });

  test('1: there is nothing at a path', async () => {
    expect(await rag(['ingest', join(top, 'absent')])).toMatchObject({ status: 1, err: expect.stringContaining('There is nothing at') });
  });
});

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

describe('the address and the key', () => {
  const asked = async (words: string[], given: Given): Promise<[string, string | null]> => {
    const there = puppetFetch(() => new Response('{"collections":[]}'));
    await rag(['collections', ...words], { ...given, fetch: there.fetch });
    const { url, headers } = there.requests[0]!;
    return [new URL(url).origin, headers.get('apikey')];
  };

  test('come from the options, the environment, the folder, the project; from a strange folder only what is meant for this', async () => {
    const [home, cwd] = ['home', 'cwd'].map((name) => join(top, name)) as [string, string];
    for (const folder of [home, cwd]) mkdirSync(folder);
    writeFileSync(join(home, '.env'), 'API_KEY=projects\nPORT=8123\n');
    writeFileSync(join(cwd, '.env'), 'API_KEY=of-something-else\nGATEWAY_URL=http://else.test\n');
    expect(await asked([], { home, cwd, env: {} })).toEqual(['http://127.0.0.1:8123', 'projects']);
    writeFileSync(join(cwd, '.env'), 'RAG_API_KEY=folders\nRAG_URL=http://folder.test\n');
    expect(await asked([], { home, cwd, env: {} })).toEqual(['http://folder.test', 'folders']);
    const env = { RAG_URL: 'http://env.test', RAG_API_KEY: 'environments' };
    expect(await asked([], { home, cwd, env })).toEqual(['http://env.test', 'environments']);
    expect(await asked(['--url', 'http://option.test', '--key', 'options'], { home, cwd, env })).toEqual(['http://option.test', 'options']);
  });
});

describe('the key of one service never goes to another', () => {
  test('an address of a strange folder gets the key of that folder, or the one that is typed, and no other', async () => {
    const [home, cwd] = ['project', 'stranger'].map((name) => join(top, name)) as [string, string];
    for (const folder of [home, cwd]) mkdirSync(folder);
    writeFileSync(join(home, '.env'), 'API_KEY=projects\n');
    writeFileSync(join(cwd, '.env'), 'RAG_URL=http://stranger.test\n');
    const keys = async (words: string[], env: Record<string, string>): Promise<[string, string | null]> => {
      const there = puppetFetch(() => new Response('{"collections":[]}'));
      await rag(['collections', ...words], { home, cwd, env, fetch: there.fetch });
      const { url, headers } = there.requests[0]!;
      return [new URL(url).hostname, headers.get('apikey')];
    };
    expect(await keys([], {})).toEqual(['stranger.test', null]);
    expect(await keys([], { API_KEY: 'mine', RAG_API_KEY: 'mine' })).toEqual(['stranger.test', null]);
    expect(await keys(['--key', 'typed'], {})).toEqual(['stranger.test', 'typed']);
    expect(await keys(['--url', 'http://mine.test'], { RAG_API_KEY: 'mine' })).toEqual(['mine.test', 'mine']);
    const told = await rag(['collections'], { home, cwd, env: {}, ...kong(401, 'Unauthorized') });
    expect(told.err).toContain('.env');
  });
});

describe('completion', () => {
  test('bash completes commands, verbs and options, by its own account', async () => {
    const { out } = await rag(['completion', 'bash']);
    const complete = (...words: string[]): string[] => {
      const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_rag\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
    };
    expect(complete('rag', 'co')).toEqual(['collections', 'completion']);
    expect(complete('rag', 'jobs', '')).toEqual(expect.arrayContaining(['list', 'show', 'cancel']));
    expect(complete('rag', 'search', 'x', '--l')).toEqual(['--limit']);
    expect(complete('rag', 'search', 'x', '--mode', '')).toEqual(searchMode.options);
    expect(complete('rag', 'ask', 'x', '--answer', 'e')).toEqual(['extractive']);
    expect(complete('rag', 'documents', '--collection', '--')).toEqual([]);
    expect(complete('rag', 'nonsense', 'x', '')).toEqual([]);
  });

  test.each(['zsh', 'fish'])('%s has every command and option', async (shell) => {
    const { out } = await rag(['completion', shell]);
    for (const { name, options = {} } of COMMANDS) for (const part of [name, ...Object.keys(options)]) expect(out).toContain(part);
  });
});

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
