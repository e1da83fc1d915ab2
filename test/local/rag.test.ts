import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../local/commands/all.ts';
import { searchMode } from '../../functions/_kernel/http/fields.ts';
import { HITS_MAX } from '../../functions/_kernel/limits.ts';
import { kong, puppet, useCommandLine } from './rag-command.ts';

// The command line: its help, its errors with their exit status and remedy, and what completes it.

const { top, rag } = useCommandLine();

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
