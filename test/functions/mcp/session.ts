import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import mcp from '../../../functions/mcp/worker.ts';
import { deferred, vouched, watched, type Caller } from '../call.ts';
import type { World } from '../world.ts';

/** What a client of the protocol's own SDK says first, as plain JSON. */
export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'tests', version: '1' } },
};
/** What every request of the protocol's transport says it takes. */
export const ACCEPT = { accept: 'application/json, text/event-stream' };

/** The revisions the protocol's client can be made to speak: with a handshake (2025), or with an envelope in each request (2026). */
export const ERAS = ['legacy', { pin: '2026-07-28' }] as const;

/** Connects the SDK's own client to the function, as somebody whom the gateway vouched for. */
export async function connect(world: World, as: Caller = {}, mode: (typeof ERAS)[number] = 'legacy'): Promise<Client> {
  const options: ClientOptions = { versionNegotiation: { mode } };
  const client = new Client({ name: 'tests', version: '1' }, options);
  const fetch = async (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(vouched(as))) request.headers.set(name, value);
    const { context } = deferred();
    return watched(request, await mcp.fetch(request, world.env, context), (check) => context.waitUntil(check));
  };
  await client.connect(new StreamableHTTPClientTransport(new URL('http://functions.test/api/v1/rag/mcp'), { fetch }));
  return client;
}
