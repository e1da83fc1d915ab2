import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process and when it began: a number alone may belong to another process tomorrow. */
export type Process = { pid: number; born: string };

const onLinux = process.platform === 'linux';

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // it has ended, or is somebody else's
  }
}

function ps(...options: string[]): string {
  try {
    return execFileSync('ps', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return ''; // nothing found, or no such command here
  }
}

/** Fields of `/proc/<pid>/stat` from the third on; the second may hold spaces (proc_pid_stat(5)). */
function statOf(pid: number): string[] | null {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** When a process began, as a text that no other process of its number will have; null when there is none, or where nothing tells (Windows). */
export function bornAt(pid: number): string | null {
  if (!onLinux) return ps('-o', 'lstart=', '-p', String(pid)).trim() || null;
  const stat = statOf(pid);
  // A zombie has ended; it only waits to be noticed.
  return stat === null || stat[0] === 'Z' ? null : `${read('/proc/sys/kernel/random/boot_id')?.trim()} ${stat[19]}`;
}

/** Whether this very process still runs. */
export const isAlive = ({ pid, born }: Process): boolean => bornAt(pid) === born;

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The processes that a process started and that still run. */
export function childrenOf(parent: number): Process[] {
  const pids = onLinux
    ? numbersIn('/proc').filter((pid) => statOf(pid)?.[1] === String(parent))
    : [...ps('-axo', 'pid=,ppid=').matchAll(/^\s*(\d+)\s+(\d+)$/gm)]
        .filter(([, , of]) => Number(of) === parent)
        .map(([, pid]) => Number(pid));
  return pids.flatMap((pid) => {
    const born = bornAt(pid);
    return born === null ? [] : [{ pid, born }];
  });
}

/** A process's command line in one line; the empty text when it cannot be read. */
export function commandOf(pid: number): string {
  if (!onLinux) return ps('-o', 'command=', '-p', String(pid)).trim();
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
}

const LISTENING = '0A';

/** Who listens on a TCP port of this machine; null when nobody does, or when it is another user's, or where nothing tells. */
export function listenerOn(port: number): number | null {
  if (!onLinux) return null;
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = ['tcp', 'tcp6'].flatMap((table) => (read(`/proc/net/${table}`) ?? '').split('\n').slice(1));
  const sockets = new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${wanted}`) && state === LISTENING)
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const holds = (pid: number) =>
    numbersIn(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  return sockets.size === 0 ? null : (numbersIn('/proc').find(holds) ?? null);
}
