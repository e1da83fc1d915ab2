import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askToStop, readControlFile } from './control.ts';
import { commandOf, isAlive, type Process } from './processes.ts';

/** What the emulator itself writes into its data directory: the Qdrant stand-in's files and the control file. */
const OWN = /^(?:collections|snapshots|registry\.sqlite(?:-wal|-shm)?|control\.json(?:\.tmp)?)$/;
/** How long an emulator may take to end: its functions finish what they deferred. */
const END_MS = 10_000;
const POLL_MS = 50;

/** What would be removed. */
export type Removal = { dataDir: string; exists: boolean; bytes: number; processes: (Process & { command: string })[] };

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + lstatSync(join(parentPath, name)).size, 0);
}

/**
 * Finds what an emulator has made: its processes, known by number and time of birth, so that a number that now belongs to another
 * process is never touched; and its data directory.
 *
 * @throws Error when the directory holds anything that the emulator did not make.
 */
export function planRemoval(dataDir: string): Removal {
  if (!existsSync(dataDir)) return { dataDir, exists: false, bytes: 0, processes: [] };
  if (!lstatSync(dataDir).isDirectory()) throw new Error(`${dataDir} is no directory of the emulator's; nothing was removed.`);
  const foreign = readdirSync(dataDir).filter((name) => !OWN.test(name));
  if (foreign.length > 0)
    throw new Error(`${dataDir} holds what the emulator did not make (${foreign.join(', ')}); move it away. Nothing was removed.`);
  const processes = (readControlFile(dataDir)?.processes ?? []).filter(isAlive);
  return { dataDir, exists: true, bytes: bytesIn(dataDir), processes: processes.map((one) => ({ ...one, command: commandOf(one.pid) })) };
}

async function ended(processes: readonly Process[], endMs: number): Promise<boolean> {
  for (const until = performance.now() + endMs; performance.now() < until;) {
    if (!processes.some(isAlive)) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return !processes.some(isAlive);
}

/**
 * Ends the processes and removes the directory: asked to end, then told to, then killed, `endMs` after each (default 10 s).
 *
 * @throws Error when one will not end.
 */
export async function remove({ dataDir, exists, processes }: Removal, endMs = END_MS): Promise<void> {
  const [main] = processes;
  if (main !== undefined) {
    const asked = await askToStop(dataDir).then(
      () => true,
      () => false, // only its children are left, or it hangs
    );
    if (!(asked && (await ended(processes, endMs)))) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        for (const { pid } of processes.filter(isAlive)) process.kill(pid, signal);
        if (await ended(processes, endMs)) break;
      }
    }
    const left = processes.filter(isAlive);
    if (left.length > 0) throw new Error(`Process ${left[0]!.pid} does not end; the data was left as it is.`);
  }
  if (exists) rmSync(dataDir, { recursive: true });
}
