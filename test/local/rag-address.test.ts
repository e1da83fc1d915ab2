import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { puppetFetch } from '../functions/client-fetch.ts';
import { kong, useCommandLine, type Given } from './rag-command.ts';

// The command line: whom it asks, with which key.

const { top, rag } = useCommandLine();

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
