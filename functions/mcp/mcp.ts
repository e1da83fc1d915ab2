import { McpServer, ProtocolError, ProtocolErrorCode, ResourceTemplate, type CallToolResult } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import { RagError, type Client } from '../_kernel/client/client.ts';
import { MCP_INGEST_WAIT_MS } from '../_kernel/limits.ts';
import { wholeCharacters } from './characters.ts';
import { documentArguments, ingestArguments, listArguments, queryArguments, searchArguments, type DocumentPart } from './contract.ts';
import { DOCUMENT_TEMPLATE, placeOf } from './resources.ts';
import { collectionsResult, documentResult, failedResult, ingestResult, queryResult, searchResult } from './results.ts';

const INSTRUCTIONS = `Documents of this installation, searched and quoted exactly. Use query for an answer with citations, search for the passages
themselves, get_document to read around a quote. Every citation is a resource link to the exact text.`;

/** A contract as the SDK takes it: `zod/mini` checks, but shows no JSON Schema of itself (standardschema.dev). */
function takes<T extends z.ZodMiniType>(schema: T) {
  const jsonSchema = { input: () => z.toJSONSchema(schema, { io: 'input' }), output: () => z.toJSONSchema(schema) };
  return { '~standard': { ...schema['~standard'], jsonSchema } };
}
const ARGUMENTS = {
  search: takes(searchArguments),
  query: takes(queryArguments),
  list: takes(listArguments),
  document: takes(documentArguments),
  ingest: takes(ingestArguments),
};
const READS = { readOnlyHint: true, openWorldHint: false };

async function told(result: Promise<CallToolResult>): Promise<CallToolResult> {
  return result.catch(failedResult);
}

async function partOf(
  client: Client,
  collection: string,
  id: string,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<DocumentPart> {
  const { text, title, url } = await client.collections.document(collection, id, { signal });
  const [from, to] = wholeCharacters(text, start, end);
  return { collection, id, title, url, text: text.slice(from, to), start: from, end: to, characters: text.length };
}

/**
 * The service as a Model Context Protocol server: its operations as tools, its documents as resources.
 *
 * The client decides who asks. Writers are also offered `ingest_text`; whoever may not write is neither shown it nor could call it.
 * A refusal of the service is a tool's error, with the problem's sentence and code; a breach of the protocol is the SDK's to refuse.
 * Source: Model Context Protocol 2026-07-28 and 2025-11-25, server/tools and server/resources.
 */
export function mcp(client: Client, { mayWrite, version }: { mayWrite: boolean; version: string }): McpServer {
  const capabilities = { tools: { listChanged: false }, resources: { listChanged: false } }; // nothing is kept that could tell of changes
  const server = new McpServer({ name: 'rag', title: 'Document search', version }, { capabilities, instructions: INSTRUCTIONS });

  server.registerTool(
    'search',
    {
      title: 'Search documents',
      description: 'Finds the passages of a collection that match a query, best first, each with its document and its place in it.',
      inputSchema: ARGUMENTS.search,
      annotations: READS,
    },
    async (input, { mcpReq: { signal } }) => told(client.search(input, { signal }).then(searchResult)),
  );
  server.registerTool(
    'query',
    {
      title: 'Ask the documents',
      description:
        'Answers a question from the documents of a collection. Each statement carries a marker such as [1] for the exact quote that supports it; when the documents do not answer, it says so.',
      inputSchema: ARGUMENTS.query,
      annotations: READS,
    },
    async (input, { mcpReq: { signal } }) =>
      told(client.query(input, { signal }).then((answered) => queryResult(input.collection, answered))),
  );
  server.registerTool(
    'list_collections',
    {
      title: 'List collections',
      description: 'Names the collections of documents that can be searched.',
      inputSchema: ARGUMENTS.list,
      annotations: READS,
    },
    async (_, { mcpReq: { signal } }) => told(client.collections.list({ signal }).then(collectionsResult)),
  );
  server.registerTool(
    'get_document',
    {
      title: 'Read a document',
      description: 'Gives the stored text of a document, or a part of it, to read what stands around a quote.',
      inputSchema: ARGUMENTS.document,
      annotations: READS,
    },
    async ({ collection, id, start, length }, { mcpReq: { signal } }) =>
      told(partOf(client, collection, id, start, start + length, signal).then(documentResult)),
  );
  if (mayWrite) {
    server.registerTool(
      'ingest_text',
      {
        title: 'Add a document',
        description: 'Stores a text as a document of a collection, so that it can be searched and cited. One of the same id is replaced.',
        inputSchema: ARGUMENTS.ingest,
        annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
      },
      async ({ collection, ...document }, { mcpReq: { signal } }) =>
        told(client.ingest({ collection, documents: [document] }, { waitMs: MCP_INGEST_WAIT_MS, signal }).then(ingestResult)),
    );
  }
  server.registerResource(
    'document',
    new ResourceTemplate(DOCUMENT_TEMPLATE, { list: undefined }),
    { title: 'Document', description: 'The stored text of a document, or with #start-end a part of it.', mimeType: 'text/plain' },
    async ({ href }, _, { mcpReq: { signal } }) => {
      const place = placeOf(href);
      if (place === null)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no resource ${href}; they are ${DOCUMENT_TEMPLATE}.`);
      const { collection, documentId, span } = place;
      const part = await partOf(client, collection, documentId, span?.start ?? 0, span?.end ?? Infinity, signal).catch((error: unknown) => {
        const message = error instanceof RagError ? `${error.message} (${error.code})` : 'Something failed inside the service.';
        const absent = error instanceof RagError && error.status === 404;
        throw new ProtocolError(absent ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError, message);
      });
      return { contents: [{ uri: href, mimeType: 'text/plain', text: part.text }] };
    },
  );
  return server;
}
