import { once } from 'node:events';
import type { Client } from '../../functions/_kernel/client/client.ts';
import manifest from '../../package.json' with { type: 'json' };
import { EXIT, type Command, type Program } from './command.ts';

/** A client that has just started its server waits for it; whoever has no answer by then is offered everything. */
const ROLES_MS = 2_000;

/** Whether a key may write, as the gateway judges it; nobody being there to judge leaves it to the call itself. */
async function mayWrite(client: Client): Promise<boolean> {
  try {
    return await client.hasRole('writer', { signal: AbortSignal.timeout(ROLES_MS) });
  } catch {
    return true;
  }
}

/** What a desktop client's settings say to start this. */
function settings({ isScript, home, script }: Program): string {
  const args = isScript ? ['run', '--silent', '--prefix', home, 'rag', '--', 'mcp'] : [script, 'mcp'];
  const env = isScript ? '' : ', "env": {"RAG_URL": "…", "RAG_API_KEY": "…"}';
  const words = args.map((one) => JSON.stringify(one)).join(', ');
  return `{"mcpServers": {"documents": {"command": "${isScript ? 'npm' : 'node'}", "args": [${words}]${env}}}}`;
}

export const mcp: Command = {
  name: 'mcp',
  synopsis: '',
  summary: 'offers search, query and the documents to a desktop client (Model Context Protocol over stdio)',
  example: 'mcp',
  notes: (program) => `A desktop client starts it itself. Its settings want a command and its arguments, here
  ${settings(program)}
Over HTTP the same is at /api/v1/rag/mcp of the gateway.`,
  async run({ client, at, out }) {
    // Loaded here: no other command should wait for it.
    const [{ serveStdio, StdioServerTransport }, server] = await Promise.all([
      import('@modelcontextprotocol/server/stdio'),
      import('../../functions/mcp/mcp.ts'),
    ]);
    let known: Promise<boolean> | null = null;
    const ended = once(at.stdin, 'end');
    const handle = serveStdio(async () => server.mcp(client, { mayWrite: await (known ??= mayWrite(client)), version: manifest.version }), {
      transport: new StdioServerTransport(at.stdin, at.stdout),
      maxSubscriptions: 0,
      onerror: ({ message }) => out.remark(message),
    });
    await ended;
    await handle.close();
    return EXIT.done;
  },
};
