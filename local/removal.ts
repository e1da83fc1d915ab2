import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askToStop, readControlFile } from './control.ts';
import { ownership } from './owned.ts';
import { commandOf, isAlive, type Process } from './processes.ts';

/** How long an emulator may take to end: its functions finish what they deferred. */
const END_MS = 10_000;
const POLL_MS = 50;

/** What would be removed; `exists` is false where there is nothing of the emulator's. */
export type Removal = { dataDir: string; exists: boolean; bytes: number; processes: (Process & { command: string })[] };

function bytesIn(path: string): number {
  const stat = lstatSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0) : stat.size;
}

/** What of the directory is the emulator's. @throws Error that names what is not. */
function owned(dataDir: string): string[] {
  const { own, foreign, isMarked } = ownership(dataDir);
  if (foreign.length > 0)
    throw new Error(`${dataDir} holds what the emulator did not make (${foreign.join(', ')}); move it away. Nothing was removed.`);
  if (own.length > 0 && !isMarked)
    throw new Error(`${dataDir} has no registry.sqlite of the emulator's and no control.json, so it is not its own. Nothing was removed.`);
  return own;
}

/**
 * Finds what an emulator has made: its processes, known by number and time of birth, so that a number that now belongs to another
 * process is never touched; and its data directory.
 *
 * @throws Error when the directory holds anything that the emulator did not make, or nothing by which it is known to be its own.
 */
export function planRemoval(dataDir: string): Removal {
  if (!existsSync(dataDir)) return { dataDir, exists: false, bytes: 0, processes: [] };
  if (!lstatSync(dataDir).isDirectory()) throw new Error(`${dataDir} is no directory of the emulator's; nothing was removed.`);
  const own = owned(dataDir);
  if (own.length === 0) return { dataDir, exists: false, bytes: 0, processes: [] };
  const processes = (readControlFile(dataDir)?.processes ?? []).filter(isAlive);
  const bytes = own.reduce((sum, path) => sum + bytesIn(path), 0);
  return { dataDir, exists: true, bytes, processes: processes.map((one) => ({ ...one, command: commandOf(one.pid) })) };
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
  if (!exists) return;
  // Asked again: an answer and an end take time, in which somebody may have put something there.
  const { own, foreign } = ownership(dataDir);
  if (foreign.length > 0) throw new Error(`${foreign.join(', ')} came meanwhile; the data was left as it is.`);
  for (const path of own) rmSync(path, { recursive: true });
  if (readdirSync(dataDir).length === 0) rmdirSync(dataDir);
}
