import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Surroundings } from '../../local/commands/command.ts';
import { main } from '../../local/commands/main.ts';
import { functionsFetch, puppetFetch, type Play } from '../functions/client-fetch.ts';
import { useWorld, type World } from '../functions/world.ts';

export type Run = { status: number; out: string; err: string; lines: Record<string, unknown>[] };
export type Given = Partial<Omit<Surroundings, 'stdin'>> & { stdin?: string; tty?: boolean; input?: PassThrough };

/** The command line in this process, above two documents: what it writes, and its exit status, for what is typed. */
export type CommandLine = { world: World; top: string; rag(words: readonly string[], given?: Given): Promise<Run> };

/** Gives a file's tests a command line, functions behind it, and a folder of their own. */
export function useCommandLine(): CommandLine {
  const world = useWorld();
  const top = mkdtempSync(join(tmpdir(), 'rag-'));
  afterAll(() => rmSync(top, { recursive: true, force: true }));

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

  beforeAll(async () => {
    mkdirSync(join(top, 'docs/tools'), { recursive: true });
    writeFileSync(join(top, 'docs/lathe.md'), '# Lathe\n\nThe lathe is oiled every morning.\n');
    writeFileSync(join(top, 'docs/tools/saw.txt'), 'The saw is sharpened on Mondays. \u001b[31mRed\u001b[0m.');
    const { status, out } = await rag(['ingest', join(top, 'docs')]);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/ingested +2 files +2 chunks/) });
  });

  return { world, top, rag };
}

/** Whoever answers each request in turn. */
export const puppet = (...plays: Play[]): Given => ({ fetch: puppetFetch(...plays).fetch });
/** The gateway's own refusal. */
export const kong = (status: number, message: string, headers: Record<string, string> = {}): Given =>
  puppet(() => new Response(JSON.stringify({ message }), { status, headers }));
