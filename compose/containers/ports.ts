import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Docker } from './docker.ts';
import type { Config } from './project.ts';

export type Published = { service: string; host: string; port: number };

/** Every port of this machine that the project takes. */
export function publishedPorts({ services }: Config): Published[] {
  return Object.entries(services).flatMap(([service, { ports = [] }]) =>
    ports.flatMap(({ published, host_ip }) =>
      published === undefined || published === '' ? [] : [{ service, host: host_ip ?? '0.0.0.0', port: Number(published) }],
    ),
  );
}

/** Null when an address can be listened on; else the code of why not: `EADDRINUSE` when somebody does. */
export async function canListen({ host, port }: Pick<Published, 'host' | 'port'>): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** The inodes of sockets that listen on a port (Linux, proc(5)): state 0A, the port in hexadecimal. */
function listeningInodes(port: number): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  const columns = lines.map((line) => line.trim().split(/\s+/));
  return new Set(columns.filter((column) => column[3] === '0A' && column[1]?.endsWith(`:${hex}`)).map((column) => column[9] ?? ''));
}

/** Where a descriptor leads; empty when it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** A process that has one of these sockets open; null when it is another user's, whose files cannot be read. */
function holderOnLinux(port: number): string | null {
  const inodes = listeningInodes(port);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
      if (!open.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '-'))) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return `process ${pid} (${command.slice(0, 80)})`;
    } catch {
      continue; // it ended meanwhile, or is not ours to look into
    }
  }
  return null;
}

function holderByLsof(port: number): string | null {
  const out = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8', stdio: 'pipe' });
  const [pid, command] = [/^p(\d+)$/m.exec(out)?.[1], /^c(.+)$/m.exec(out)?.[1]];
  return pid === undefined ? null : `process ${pid} (${command ?? 'unknown'})`;
}

/** Who holds a port: a container by name, a process by id and command; in words either way. Nothing is done to it. */
export async function holderOf(port: number, run: Docker): Promise<string> {
  const { code, out } = await run(['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}']);
  if (code === 0 && out.trim() !== '') return `container ${out.trim().split('\n')[0]}`;
  try {
    return (process.platform === 'linux' ? holderOnLinux(port) : holderByLsof(port)) ?? "another user's process";
  } catch {
    return 'another process';
  }
}
