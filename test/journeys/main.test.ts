import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { QueryResponse } from '../../functions/query/contract.ts';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';

// A user's way from documents to a cited answer and back, over HTTP through the gateway, with every function in a Worker of its own, or all in one Node process.

describe.each([
  { name: 'workerd', runtime: 'workerd' },
  { name: 'Node', runtime: 'node' },
] as const)('on $name', ({ runtime }) => {
  const folder = mkdtempSync(join(tmpdir(), 'journey-'));
  /** What Ollama answered, for this journey only. */
  const answered: string[] = [];
  let emulator: Emulator;
  let ollama: Awaited<ReturnType<typeof startOllama>>;
  let apiKey = '';

  beforeAll(async () => {
    const file = join(folder, '.env');
    ensureEnv(file);
    // A writer that takes its time over each word, so that somebody can leave in the middle.
    ollama = await startOllama({ wordMs: 40, log: (line) => void answered.push(line) });
    const own = {
      PORT: '0',
      OLLAMA_URL: ollama.url,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
    };
    const settings = readSettings(file, own);
    apiKey = settings.apiKey;
    emulator = await startEmulator({ settings, dataDir: join(folder, 'data'), log: () => {}, runtime });
  }, 120_000);
  afterAll(async () => {
    await emulator.close();
    await ollama.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer may be any JSON; tests look into it freely
  async function ask(path: string, init: Init = {}): Promise<{ status: number; headers: Headers; body: any }> {
    const response = await fetch(`${emulator.url}/api/v1/rag${path}`, { ...init, headers: { apikey: apiKey, ...init.headers } });
    const text = await response.text();
    expect(response.status, text).toBeLessThan(500);
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  }
  const json = (value: unknown): Init => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  });

  const FILES = {
    'handbook/machines.md':
      '# Machines\r\n\r\nThe lathe is oiled every morning 🛠️. The milling machine is cleaned on Fridays.\r\n\r\n## Safety\r\n\r\nGoggles are worn at the lathe.',
    'handbook/people.txt': 'Marta looks after the lathe. Olaf looks after the milling machine.',
    'site/index.html':
      '<!doctype html><title>Welcome</title><body><h1>Welcome</h1><p>The workshop opens at seven &amp; closes at four.</p></body>',
  };
  const question = 'How often is the lathe oiled?';

  test('unauthenticated: the gateway answers 401, and nothing of it reaches a function', async () => {
    const strangers: Record<string, string>[] = [
      { apikey: '' },
      { apikey: 'wrong' },
      { apikey: '', 'x-service-token': 'forged', 'x-consumer-custom-id': 'developer' },
    ];
    for (const headers of strangers) {
      const { status } = await ask('/search?q=lathe', { headers });
      expect(status).toBe(401);
    }
  });

  test('a folder goes in, an answer with exact citations comes out, and what is deleted is found no more', async () => {
    const form = new FormData();
    form.append('collection', 'workshop');
    for (const [name, content] of Object.entries(FILES)) form.append('file', new File([content], name));
    const ingested = await ask('/ingest?wait=20000', { method: 'POST', body: form });
    expect(ingested.body).toMatchObject({ state: 'succeeded', documents: { total: 3, done: 3, failed: 0 } });

    const found = await ask(`/search?q=${encodeURIComponent(question)}&collection=workshop`);
    expect(found.body.hits[0]).toMatchObject({ documentId: expect.stringContaining('machines.md'), title: 'Machines' });

    const answer = await ask('/query', json({ question, collection: 'workshop' }));
    expect(answer.body).toMatchObject({ answerable: true, mode: 'generated' });
    expect(answer.body.citations.length).toBeGreaterThan(0);
    for (const { documentId, quote, start, end } of answer.body.citations) {
      const document = await ask(`/collections/workshop/documents/${encodeURIComponent(documentId)}`);
      expect(document.body.text.slice(start, end)).toBe(quote);
    }

    const streamed = await fetch(`${emulator.url}/api/v1/rag/query`, {
      ...json({ question, collection: 'workshop', stream: true }),
      headers: { apikey: apiKey, 'content-type': 'application/json' },
    });
    const events: { event: string | undefined; data: unknown }[] = [];
    createParser({ onEvent: ({ event, data }) => void events.push({ event, data: JSON.parse(data) }) }).feed(await streamed.text());
    expect(events.filter(({ event }) => event === 'done' || event === 'error')).toEqual([events.at(-1)]);
    const done = events.at(-1)!.data as QueryResponse;
    expect({ answer: done.answer, citations: done.citations }).toEqual({ answer: answer.body.answer, citations: answer.body.citations });

    for (const { id } of (await ask('/collections/workshop/documents')).body.documents) {
      const deleted = await ask(`/collections/workshop/documents/${encodeURIComponent(id)}`, { method: 'DELETE' });
      expect(deleted.body.chunksDeleted).toBeGreaterThan(0);
    }
    expect((await ask(`/search?q=lathe&collection=workshop`)).body.hits).toEqual([]);
    expect((await ask('/query', json({ question, collection: 'workshop' }))).body).toMatchObject({ answerable: false, reason: 'no_hits' });
    expect((await ask('/collections/workshop', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/search?q=lathe&collection=workshop')).body.code).toBe('collection_not_found');
  });

  test('a client that leaves in mid-stream ends the work of the model', async () => {
    const text = Array.from({ length: 3 }, (_, i) => `Lamp ${i} shines ${'very brightly and steadily '.repeat(12)}over the harbour.`).join(
      ' ',
    );
    await ask('/ingest?wait=20000', json({ collection: 'harbour', documents: [{ id: 'lamps', text }] }));
    const chats = () => answered.filter((line) => line.includes('/api/chat'));
    const before = chats().length;
    const left = new AbortController();
    const response = await fetch(`${emulator.url}/api/v1/rag/query`, {
      ...json({ question: 'Which lamp shines over the harbour?', collection: 'harbour', stream: true }),
      headers: { apikey: apiKey, 'content-type': 'application/json' },
      signal: left.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    while (!told.includes('event: token')) told += (await reader.read()).value ?? '';
    expect(told).not.toContain('event: done');
    expect(chats()).toHaveLength(before);
    left.abort();
    // The whole answer would take several seconds; Ollama's handler ends as soon as the connection to it does.
    await vi.waitFor(() => expect(chats()).toHaveLength(before + 1), { timeout: 1_000 });
  });
});
