import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import OpenAI, { AuthenticationError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../functions/_kernel/client/client.ts';
import type { Annotation } from '../../functions/chat/contract.ts';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';

// Whoever has a program that speaks the Model Context Protocol or OpenAI's API points it at the gateway, with the key as that program sends it.

const ROOT = new URL('../..', import.meta.url).pathname;
const TEXT = 'The lathe is oiled every morning 🛠️. Goggles are worn at the lathe.';
const LAMPS = Array.from({ length: 3 }, (_, i) => `Lamp ${i} shines ${'very brightly and steadily '.repeat(12)}over the harbour.`).join(
  ' ',
);

describe.each(['workerd', 'node'] as const)('on %s', (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), 'protocols-'));
  const answered: string[] = [];
  let emulator: Emulator;
  let ollama: Awaited<ReturnType<typeof startOllama>>;
  let apiKey = '';

  beforeAll(async () => {
    const file = join(folder, '.env');
    ensureEnv(file);
    // A writer that takes its time over each word, so that somebody can leave in the middle.
    ollama = await startOllama({ wordMs: 15, log: (line) => void answered.push(line) });
    const settings = readSettings(file, {
      PORT: '0',
      OLLAMA_URL: ollama.url,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
    });
    ({ apiKey } = settings);
    emulator = await startEmulator({ settings, dataDir: null, log: () => {}, runtime });
    const documents = [{ id: 'tools/lathe.txt', title: 'The lathe', text: TEXT }];
    const client = createClient({ url: emulator.url, apiKey });
    await client.ingest({ collection: 'workshop', documents }, { waitMs: 20_000 });
    await client.ingest({ collection: 'harbour', documents: [{ id: 'lamps', text: LAMPS }] }, { waitMs: 20_000 });
  }, 120_000);
  afterAll(async () => {
    await emulator.close();
    await ollama.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A session with the tools, from the list to the exact text behind a citation. */
  async function useTools(client: Client): Promise<void> {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['search', 'query', 'list_collections', 'get_document', 'ingest_text']);
    for (const { inputSchema } of tools) expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    const listed = await client.callTool({ name: 'list_collections', arguments: {} });
    expect(JSON.stringify(listed.content)).toContain('workshop: 1 documents');
    const question = 'How often is the lathe oiled?';
    const answer = await client.callTool({ name: 'query', arguments: { question, collection: 'workshop' } });
    expect(answer.structuredContent, JSON.stringify(answer)).toMatchObject({ answerable: true });
    const [link] = answer.content.filter((one) => one.type === 'resource_link');
    expect(link!.uri).toMatch(/^rag:\/\/workshop\/tools%2Flathe\.txt#\d+-\d+$/);
    const { contents } = await client.readResource({ uri: link!.uri });
    expect(contents).toMatchObject([{ text: link!.description }]);
    expect(TEXT).toContain(link!.description!);
    const stored = await client.callTool({
      name: 'ingest_text',
      arguments: { collection: 'notes', text: 'The saw is sharpened on Mondays.' },
    });
    expect(stored.structuredContent, JSON.stringify(stored)).toMatchObject({ state: 'succeeded' });
    const found = await client.callTool({ name: 'search', arguments: { query: 'saw', collection: 'notes' } });
    expect(found.structuredContent).toMatchObject({ hits: [{ text: 'The saw is sharpened on Mondays.' }] });
    const absent = await client.callTool({ name: 'search', arguments: { query: 'x', collection: 'nowhere' } });
    expect(absent).toMatchObject({ isError: true, structuredContent: { code: 'collection_not_found' } });
  }

  describe('a client of the Model Context Protocol', () => {
    const connected = async (headers: Record<string, string>, mode: 'legacy' | 'auto'): Promise<Client> => {
      const client = new Client({ name: 'journey', version: '1' }, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(new URL(`${emulator.url}/api/v1/rag/mcp`), { requestInit: { headers } }));
      return client;
    };

    test.each([
      ['the 2025 revision, with its key as a bearer', 'legacy', () => ({ authorization: `Bearer ${apiKey}` })],
      ['the latest revision, with its key in apikey', 'auto', () => ({ apikey: apiKey })],
    ] as const)('of %s goes from the list of tools to the exact text behind a citation', async (_, mode, headers) => {
      const client = await connected(headers(), mode);
      await useTools(client);
      await client.close();
    });

    test('without a key, or with a wrong one, is told 401 by the gateway', async () => {
      const strangers: Record<string, string>[] = [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: apiKey.slice(1) },
        { apikey: 'wrong' },
      ];
      for (const headers of strangers) await expect(connected(headers, 'legacy')).rejects.toThrow(/401|Unauthorized/i);
    });

    test('finds that there is no stream to get and no session to end', async () => {
      for (const method of ['GET', 'DELETE']) {
        const response = await fetch(`${emulator.url}/api/v1/rag/mcp`, { method, headers: { apikey: apiKey } });
        expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
      }
    });

    test('on the desktop starts the command line and has the same over stdio', async () => {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', 'local/rag.ts', 'mcp'],
        cwd: ROOT,
        env: { PATH: process.env['PATH'] ?? '', RAG_URL: emulator.url, RAG_API_KEY: apiKey },
        stderr: 'pipe',
      });
      let said = '';
      transport.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const client = new Client({ name: 'desktop', version: '1' });
      Object.assign(client, { onerror: (error: Error) => (said += error.message) });
      await client.connect(transport);
      await useTools(client);
      await client.close();
      expect(said).toBe(''); // nothing but the protocol on standard output, and nothing to complain of
    });
  });

  describe("OpenAI's client", () => {
    const openai = (key = apiKey) => new OpenAI({ apiKey: key, baseURL: `${emulator.url}/v1`, maxRetries: 0 });
    const messages = [
      { role: 'system' as const, content: 'You are a pirate.' },
      { role: 'user' as const, content: 'How often is the lathe oiled?' },
    ];

    test('lists the collections as models, and asks one of them', async () => {
      const models: string[] = [];
      for await (const { id } of openai().models.list()) models.push(id);
      expect(models).toEqual(expect.arrayContaining(['harbour', 'workshop']));
      expect(await openai().models.retrieve('workshop')).toMatchObject({ id: 'workshop', object: 'model' });
      const { data, response } = await openai().chat.completions.create({ model: 'workshop', messages, temperature: 0 }).withResponse();
      const { message, finish_reason } = data.choices[0]!;
      expect(finish_reason).toBe('stop');
      expect(data.id).toBe(`chatcmpl-${response.headers.get('x-request-id')}`);
      const [annotation] = (message.annotations ?? []) as Annotation[];
      const { start_index, end_index, quote, url, title } = annotation!.url_citation;
      expect(message.content!.slice(start_index, end_index)).toBe('[1]');
      expect(TEXT).toContain(quote);
      expect(title).toBe('The lathe');
      expect(url).toMatch(/^rag:\/\/workshop\/tools%2Flathe\.txt#\d+-\d+$/);
    });

    test('streams the same answer, with its usage', async () => {
      const whole = await openai().chat.completions.create({ model: 'workshop', messages });
      const stream = openai().chat.completions.stream({ model: 'workshop', messages, stream_options: { include_usage: true } });
      let chunks = 0;
      stream.on('chunk', () => chunks++);
      const { choices, usage } = await stream.finalChatCompletion();
      expect(choices[0]!.message.content?.trim()).toBe(whole.choices[0]!.message.content);
      expect(chunks).toBeGreaterThan(4);
      expect(usage).toEqual(whole.usage);
    });

    test('throws what it throws for OpenAI itself: a wrong key, a model that there is not', async () => {
      await expect(openai('wrong').models.list()).rejects.toBeInstanceOf(AuthenticationError);
      const absent = openai().chat.completions.create({ model: 'gpt-4o', messages, stream: true });
      await expect(absent).rejects.toBeInstanceOf(NotFoundError);
      await expect(absent).rejects.toMatchObject({ code: 'model_not_found', param: 'model', type: 'invalid_request_error' });
    });

    test('that leaves in mid-answer ends the work of the model', async () => {
      const chats = () => answered.filter((line) => line.includes('/api/chat')).length;
      const before = chats();
      const stream = await openai().chat.completions.create({
        model: 'harbour',
        messages: [{ role: 'user', content: 'Which lamp shines over the harbour?' }],
        stream: true,
      });
      for await (const { choices } of stream) if ((choices[0]?.delta.content ?? '') !== '') break;
      expect(chats()).toBe(before);
      // The whole answer would take seconds; Ollama's handler ends as soon as the connection to it does.
      await vi.waitFor(() => expect(chats()).toBe(before + 1), { timeout: 1_000 });
    });
  });
});
