import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import type { JsonSchema, Operation } from '../operation.ts';

// The envelope of JSON-RPC alone: methods, tools and their arguments are what the protocol itself asks for and answers.

const version: JsonSchema = { const: '2.0', description: 'The version of JSON-RPC.' };
const id: JsonSchema = { type: ['string', 'integer'], description: 'Ties an answer to its request; a notification has none.' };
const request: JsonSchema = {
  type: 'object',
  description: 'A request or a notification (JSON-RPC 2.0, section 4).',
  properties: {
    jsonrpc: version,
    id,
    method: { type: 'string', description: 'Such as `initialize`, `tools/list`, `tools/call`, `resources/read`.' },
    params: { type: 'object', description: 'As the protocol says for the method.' },
  },
  required: ['jsonrpc', 'method'],
};
const error: JsonSchema = {
  type: 'object',
  description: 'Why there is no result (JSON-RPC 2.0, section 5.1).',
  properties: {
    code: { type: 'integer', description: 'JSON-RPC’s or the protocol’s.' },
    message: { type: 'string', description: 'A sentence for people.' },
    data: { description: 'More, as the protocol says.' },
  },
  required: ['code', 'message'],
};
const answered = (key: string, one: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { jsonrpc: version, id: { type: ['string', 'integer', 'null'], description: 'Of the request.' }, [key]: one },
  required: ['jsonrpc', 'id', key],
});
const response: JsonSchema = {
  anyOf: [answered('result', { type: 'object', description: 'As the protocol says for the method.' }), answered('error', error)],
};
const notification: JsonSchema = { type: 'object', properties: { jsonrpc: version, method: { type: 'string' } }, required: ['method'] };

/** A breach of the protocol or of its transport, refused with a status. */
export const jsonRpcRefusal: JsonSchema = {
  ...answered('error', error),
  description: 'A breach of the Model Context Protocol or of its transport, in the words of JSON-RPC.',
};

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const LISTED = { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'search', inputSchema: { type: 'object' } }] } };

export const mcpOperations: readonly Operation[] = [
  {
    function: 'mcp',
    tag: 'mcp',
    speaks: 'json-rpc',
    role: 'reader',
    id: 'mcp',
    method: 'post',
    path: '/mcp',
    summary: 'Speak the Model Context Protocol',
    description:
      'Streamable HTTP, without sessions. The tools are `search`, `query`, `list_collections`, `get_document`, and for writers `ingest_text`; documents are resources. What the service refuses is a tool’s error with its code. Requests count against the key’s general limit, questions among them: their own limit is for `/query` and chat. The protocol describes the rest of itself (modelcontextprotocol.io).',
    parameters: [
      {
        name: 'MCP-Protocol-Version',
        in: 'header',
        schema: { type: 'string' },
        description: 'The revision that was agreed on; the newest known one without.',
      },
    ],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: request, example: LIST } } },
    answers: {
      200: {
        description: 'The answer, at once or as an event.',
        content: { of: response, example: LISTED },
        stream: { events: [response, notification], example: `event: message\ndata: ${JSON.stringify(LISTED)}\n` },
      },
      202: { description: 'A notification was taken.' },
    },
    codes: [],
  },
];
