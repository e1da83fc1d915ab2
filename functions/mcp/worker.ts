import { createMcpHandler, localhostAllowedOrigins, originValidationResponse } from '@modelcontextprotocol/server';
import manifest from '../../package.json' with { type: 'json' };
import { createClient } from '../_kernel/client/client.ts';
import { createFunction } from '../_kernel/http/app.ts';
import { untilSent } from '../_kernel/http/held.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { peers, PEERS_URL } from '../_kernel/http/peers.ts';
import { describe } from '../_kernel/http/log.ts';
import { HEARTBEAT_MS, JSON_BODY_MAX_BYTES } from '../_kernel/limits.ts';
import { mcp } from './mcp.ts';

const app = createFunction('mcp');
// Stateless: GET and DELETE, which belong to sessions, are 405.
app.post('/mcp', requireRole('reader'), async (c) => {
  // A page of another origin may not speak to a server on this machine (MCP, transports, security warning).
  const stranger = originValidationResponse(c.req.raw, localhostAllowedOrigins());
  if (stranger !== undefined) return stranger;
  const client = createClient({ url: PEERS_URL, fetch: peers(c, ['search', 'query', 'collections', 'ingest']), retries: 0 });
  const mayWrite = c.get('identity').roles.has('writer');
  const handler = createMcpHandler(() => mcp(client, { mayWrite, version: manifest.version }), {
    keepAliveMs: HEARTBEAT_MS,
    maxRequestBodySize: JSON_BODY_MAX_BYTES,
    maxSubscriptions: 0,
    onerror: (error) => c.set('noted', { ...c.get('noted'), ...describe(error) }),
  });
  return untilSent(c, await handler.fetch(c.req.raw));
});

export default app;
