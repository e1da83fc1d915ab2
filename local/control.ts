import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Faults } from './faults.ts';
import { bornAt, childrenOf, type Process } from './processes.ts';

/** The stand-ins that can be made to fail. */
export const FAULTY = ['redis', 'qdrant', 'ollama'] as const;
export type Faulty = (typeof FAULTY)[number];

/** Where everything of a running emulator is. */
export type Addresses = Record<Faulty | 'gateway', string>;
/** What an emulator tells of itself in its data directory for as long as it runs; a killed one leaves it behind. */
export type ControlFile = { url: string; secret: string; addresses: Addresses; processes: Process[] };

const fileIn = (folder: string) => join(folder, 'control.json');

/** What the last emulator of a folder told of itself; null when it ended by itself, or there was none. */
export function readControlFile(folder: string): ControlFile | null {
  if (!existsSync(fileIn(folder))) return null;
  try {
    const { url, secret, addresses, processes } = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Partial<ControlFile>;
    return url === undefined || secret === undefined || addresses === undefined || processes === undefined
      ? null
      : { url, secret, addresses, processes };
  } catch {
    return null; // it died while it wrote
  }
}

function ownProcesses(): Process[] {
  const born = bornAt(process.pid);
  return born === null ? [] : [{ pid: process.pid, born }, ...childrenOf(process.pid)];
}

/**
 * Opens the port by which an emulator is steered: on the loopback, with a secret of its own, told to this user only through a file that
 * lives as long as the emulator.
 *
 * `GET /faults` says what is set; `POST /faults/<stand-in>` sets one, and 409 says that a dependency is the real one; `POST /stop` ends
 * the emulator. `renew` writes the file again after processes came or went.
 */
export async function startControl(
  folder: string,
  standIns: Readonly<Record<Faulty, Faults | null>>,
  emulator: { addresses: Addresses; stop(): void },
): Promise<{ url: string; renew(): void; close(): Promise<void> }> {
  const secret = randomBytes(32).toString('hex');
  const server = createServer((request, response) => {
    const say = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${secret}`) return say(401, { error: 'the secret in control.json is needed' });
    if (request.method === 'GET') return say(200, Object.fromEntries(FAULTY.map((name) => [name, standIns[name]?.current() ?? null])));
    if (request.url === '/stop') return say(202, {}).once('close', () => emulator.stop());
    const name = FAULTY.find((one) => request.url === `/faults/${one}`);
    if (name === undefined) return say(404, { error: `the stand-ins are ${FAULTY.join(', ')}` });
    const faults = standIns[name];
    if (faults === null) return say(409, { error: `${name} is the real one here; only a stand-in can be made to fail` });
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const set = async () => faults.set(JSON.parse(body) as Parameters<Faults['set']>[0]);
      set().then(
        () => say(200, faults.current()),
        (error: unknown) => say(400, { error: error instanceof Error ? error.message : String(error) }),
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const renew = () => {
    const record: ControlFile = { url, secret, addresses: emulator.addresses, processes: ownProcesses() };
    // Written aside and renamed, so that nobody reads half of it.
    const aside = `${fileIn(folder)}.tmp`;
    writeFileSync(aside, JSON.stringify(record), { mode: 0o600 });
    renameSync(aside, fileIn(folder));
  };
  mkdirSync(folder, { recursive: true }); // with a real Qdrant nothing else has made it
  renew();
  return {
    url,
    renew,
    async close() {
      rmSync(fileIn(folder), { force: true });
      server.closeIdleConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Asks the running emulator of a folder for something. @throws Error when there is none, or with its words when it refuses. */
async function ask(folder: string, path: string, body: unknown): Promise<unknown> {
  const absent = new Error('No emulator is running here; start one with npm start.');
  const record = readControlFile(folder);
  if (record === null) throw absent;
  const response = await fetch(`${record.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${record.secret}` },
  }).catch((error: unknown) => {
    throw new Error(absent.message, { cause: error });
  });
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Sets a fault in the running emulator. @throws Error when there is none, or with its words when it refuses. */
export const injectFault = (folder: string, name: Faulty, fault: unknown): Promise<unknown> => ask(folder, `/faults/${name}`, fault);

/** Asks the running emulator to end; it has not ended yet when this resolves. @throws Error when there is none. */
export const askToStop = (folder: string): Promise<unknown> => ask(folder, '/stop', {});
