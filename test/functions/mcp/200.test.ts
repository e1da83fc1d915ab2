import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import mcp from '../../../functions/mcp/worker.ts';
import { deferred, vouched } from '../call.ts';
import { storedText, useLibrary } from '../corpus.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, connect, ERAS } from './session.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
useLibrary(world);

type Link = { type: string; uri: string; name: string; title: string; description: string };
const linksOf = ({ content }: { content: { type: string }[] }) => content.filter(({ type }) => type === 'resource_link') as Link[];
const textOf = ({ content }: { content: { type: string }[] }) => (content[0] as unknown as { text: string }).text;
const READ_ONLY = ['search', 'query', 'list_collections', 'get_document'];

describe.each(ERAS.map((era) => [JSON.stringify(era), era] as const))('to a client that speaks %s', (_, era) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(world, {}, era);
  });
  afterAll(async () => client.close());

  test('tools/list: a reader is shown what reads, a writer the tool that writes as well', async () => {
    const reader = await connect(world, { roles: 'reader' }, era);
    expect((await reader.listTools()).tools.map(({ name }) => name)).toEqual(READ_ONLY);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...READ_ONLY, 'ingest_text']);
    for (const { name, annotations } of tools) expect(annotations?.readOnlyHint, name).toBe(READ_ONLY.includes(name));
    await reader.close();
  });

  test('tools/call: a reader who knows the name of the tool that writes cannot call it', async () => {
    const reader = await connect(world, { roles: 'reader' }, era);
    const call = reader.callTool({ name: 'ingest_text', arguments: { text: 'smuggled' } });
    await expect(call).rejects.toThrow(/ingest_text/);
    await reader.close();
  });

  test('search: passages with links to exactly their text', async () => {
    const result = await client.callTool({ name: 'search', arguments: { query: 'how does a breaker recover?', limit: 2 } });
    const { hits } = result.structuredContent as { hits: { documentId: string; text: string; span: { start: number; end: number } }[] };
    expect(hits).toHaveLength(2);
    expect(hits[0]!.documentId).toBe('breaker.md');
    const links = linksOf(result);
    expect(links).toHaveLength(2);
    for (const [i, { uri, description }] of links.entries()) {
      const read = await client.readResource({ uri });
      expect(read.contents).toEqual([{ uri, mimeType: 'text/plain', text: hits[i]!.text }]);
      expect(description).toBe(hits[i]!.text);
    }
    expect(textOf(result)).toContain(hits[0]!.text);
  });

  test('query: an answer whose every citation links to its quote, exactly', async () => {
    const result = await client.callTool({ name: 'query', arguments: { question: 'When does a breaker recover?' } });
    const answer = result.structuredContent as { answer: string; answerable: boolean; citations: { quote: string; marker: number }[] };
    expect(answer.answerable, textOf(result)).toBe(true);
    expect(answer.citations.length).toBeGreaterThan(0);
    expect(answer).not.toHaveProperty('hits');
    const links = linksOf(result);
    for (const [i, { quote, marker }] of answer.citations.entries()) {
      expect(answer.answer).toContain(`[${marker}]`);
      expect(await client.readResource({ uri: links[i]!.uri })).toMatchObject({ contents: [{ text: quote }] });
      expect(links[i]).toMatchObject({ name: 'breaker.md', title: 'Circuit breakers', description: quote });
    }
  });

  test('query: what the documents do not answer is said to be unanswered, and is no error', async () => {
    const result = await client.callTool({ name: 'query', arguments: { question: 'Wer gewann die Tour de France 1987?' } });
    expect(result.isError).toBeFalsy();
    expect(result.structuredContent).toMatchObject({ answerable: false });
    expect(textOf(result)).toMatch(/do not answer this/);
    expect(linksOf(result)).toEqual([]);
  });

  test('list_collections: names with what they hold', async () => {
    const result = await client.callTool({ name: 'list_collections', arguments: {} });
    expect(result.structuredContent).toMatchObject({
      collections: expect.arrayContaining([expect.objectContaining({ name: 'default', documents: 3 })]),
    });
    expect(textOf(result)).toContain('default: 3 documents');
  });

  test('get_document: parts that are told where they end join to the stored text', async () => {
    const text = await storedText(world, 'breaker.md');
    let joined = '';
    for (let start = 0; start < text.length;) {
      const result = await client.callTool({ name: 'get_document', arguments: { id: 'breaker.md', start, length: 700 } });
      const part = result.structuredContent as { text: string; end: number; characters: number };
      expect(part.characters).toBe(text.length);
      expect(part.end).toBeGreaterThan(start);
      joined += part.text;
      start = part.end;
    }
    expect(joined).toBe(text);
  });

  test('get_document: no part begins or ends inside a character, and every part goes on', async () => {
    const text = `a🛠️b${'😀'.repeat(3)}c`;
    const id = `signs ${JSON.stringify(era)}.txt`;
    await client.callTool({ name: 'ingest_text', arguments: { collection: 'signs', id, text } });
    for (const length of [1, 2, 3]) {
      let joined = '';
      for (let start = 0; start < text.length;) {
        const result = await client.callTool({ name: 'get_document', arguments: { collection: 'signs', id, start, length } });
        const part = result.structuredContent as { text: string; start: number; end: number };
        expect(part.text.isWellFormed(), part.text).toBe(true);
        expect([part.start, part.end - part.start]).toEqual([start, part.text.length]);
        joined += part.text;
        start = part.end;
      }
      expect(joined).toBe(text);
    }
    const inside = await client.readResource({ uri: `rag://signs/${encodeURIComponent(id)}#2-3` });
    expect(inside.contents).toMatchObject([{ text: '🛠' }]);
  });

  test('resources: a whole document by its URI; one that there is not, and no URI of ours, are refused', async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['rag://{collection}/{document}']);
    const { contents } = await client.readResource({ uri: 'rag://default/bread.txt' });
    expect(contents).toMatchObject([{ text: await storedText(world, 'bread.txt') }]);
    await expect(client.readResource({ uri: 'rag://default/nobody.txt' })).rejects.toThrow(/document_not_found/);
    await expect(client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/passwd|not found/i);
  });

  test('ingest_text: what is stored is found at once, also under a name that a URI must escape', async () => {
    const id = `notes/ü #1, "50 %" ${JSON.stringify(era)}.txt`;
    const text = `The harbour lamp of ${JSON.stringify(era)} shines green. It was lit in spring.`;
    const stored = await client.callTool({ name: 'ingest_text', arguments: { collection: 'harbour', id, title: 'Lamps', text } });
    expect(stored.structuredContent, textOf(stored)).toMatchObject({ state: 'succeeded', collection: 'harbour' });
    expect(textOf(stored)).toContain('can be searched now');
    const again = await client.callTool({ name: 'ingest_text', arguments: { collection: 'harbour', id, title: 'Lamps', text } });
    expect(textOf(again)).toContain('unchanged');
    const found = await client.callTool({ name: 'search', arguments: { query: 'harbour lamp', collection: 'harbour' } });
    const link = linksOf(found).find(({ name }) => name === id)!;
    expect(await client.readResource({ uri: link.uri })).toMatchObject({ contents: [{ text }] });
  });
});

test('a tenant is shown nothing of another tenant', async () => {
  const bob = await connect(world, { tenant: 'bob' });
  expect((await bob.callTool({ name: 'list_collections', arguments: {} })).structuredContent).toEqual({ collections: [] });
  const search = await bob.callTool({ name: 'search', arguments: { query: 'bread' } });
  expect(search).toMatchObject({ isError: true, structuredContent: { code: 'collection_not_found', status: 404 } });
  await expect(bob.readResource({ uri: 'rag://default/bread.txt' })).rejects.toThrow(/collection_not_found/);
  await bob.close();
});

test('who leaves takes the question along: the function that was asked is told', async () => {
  const asked = Promise.withResolvers<Request>();
  const slow = { fetch: (request: Request) => (asked.resolve(request), new Promise(() => {})) };
  const left = new AbortController();
  const request = new Request('http://functions.test/api/v1/rag/mcp', {
    method: 'POST',
    headers: { ...vouched(), ...ACCEPT, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query', arguments: { question: 'x' } } }),
    signal: left.signal,
  });
  void mcp.fetch(request, { ...world.env, QUERY_FUNCTION: slow }, deferred().context);
  const { signal } = await asked.promise;
  expect(signal.aborted).toBe(false);
  left.abort();
  expect(signal.aborted).toBe(true);
});

test('a call counts as ended when its answer was sent, not when its stream began', async () => {
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<Response>();
  const slow = { fetch: () => (asked.resolve(), found.promise) };
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_collections', arguments: {} } };
  const headers = { ...vouched(), ...ACCEPT, 'content-type': 'application/json' };
  const request = new Request('http://functions.test/api/v1/rag/mcp', { method: 'POST', headers, body: JSON.stringify(call) });
  const { context, settled } = deferred();
  const response = await mcp.fetch(request, { ...world.env, COLLECTIONS_FUNCTION: slow }, context);
  let ended = false;
  const end = settled().then(() => (ended = true));
  await asked.promise;
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(ended).toBe(false);
  found.resolve(Response.json({ collections: [] }));
  expect(await response.text()).toContain('There are no collections yet');
  await end;
});
