import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Faults } from './faults.ts';

/** The stand-ins that can be made to fail. */
export const FAULTY = ['redis', 'qdrant', 'ollama'] as const;
export type Faulty = (typeof FAULTY)[number];

const fileIn = (folder: string) => join(folder, 'control.json');

/**
 * Opens the port by which faults are injected: on the loopback, with a secret of its own, told to this user only through a file that
 * lives as long as the emulator.
 *
 * `GET /faults` says what is set; `POST /faults/<stand-in>` sets one. A dependency that is the real one answers 409.
 */
export async function startControl(
  folder: string,
  standIns: Readonly<Record<Faulty, Faults | null>>,
): Promise<{ url: string; close(): Promise<void> }> {
  const secret = randomBytes(32).toString('hex');
  const server = createServer((request, response) => {
    const say = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${secret}`) return say(401, { error: 'the secret in control.json is needed' });
    if (request.method === 'GET') return say(200, Object.fromEntries(FAULTY.map((name) => [name, standIns[name]?.current() ?? null])));
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
  writeFileSync(fileIn(folder), JSON.stringify({ url, secret }), { mode: 0o600 });
  return {
    url,
    async close() {
      rmSync(fileIn(folder), { force: true });
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Sets a fault in the running emulator. @throws Error when there is none, or with its words when it refuses. */
export async function injectFault(folder: string, name: Faulty, fault: unknown): Promise<unknown> {
  const absent = new Error('No emulator is running here; start one with npm start.');
  if (!existsSync(fileIn(folder))) throw absent;
  const { url, secret } = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as { url: string; secret: string };
  const response = await fetch(`${url}/faults/${name}`, {
    method: 'POST',
    body: JSON.stringify(fault),
    headers: { authorization: `Bearer ${secret}` },
  }).catch((error: unknown) => {
    throw new Error(absent.message, { cause: error });
  });
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
