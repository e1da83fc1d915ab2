import type { ControlFile } from '../control.ts';
import { isTaken } from '../emulator.ts';
import { commandOf, isAlive, listenerOn } from '../processes.ts';
import type { Settings } from '../settings.ts';
import { FUNCTION_PORTS } from '../wiring.ts';
import { findingsOn, type Finding } from './finding.ts';

const { ok, wrong } = findingsOn('ports');

/** The longest command line that is told; a Java program's fills a screen. */
const COMMAND_CHARS = 80;

function holder(port: number): { pid: number | null; says: string; remedy: string } {
  const pid = listenerOn(port);
  if (pid !== null) return { pid, says: `process ${pid} (${commandOf(pid).slice(0, COMMAND_CHARS)})`, remedy: `kill ${pid}` };
  if (process.platform === 'linux')
    return { pid, says: 'a process of another user', remedy: `sudo ss -ltnp 'sport = :${port}' names it; stop it` };
  const find = process.platform === 'win32' ? `netstat -ano | findstr :${port}` : `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  return { pid, says: 'a process that cannot be told from here', remedy: `${find} names it; stop it` };
}

/**
 * Whether the ports that must be fixed are free, or held by the emulator that runs here; and what a killed one left running.
 *
 * Who else holds one is told from `/proc` on Linux; elsewhere the command that tells it is named.
 */
export async function examinePorts(settings: Settings, running: ControlFile | null): Promise<Finding[]> {
  const alive = (running?.processes ?? []).filter(isAlive);
  const main = running?.processes[0];
  const runs = running !== null && main !== undefined && isAlive(main);
  const own = new Set(alive.map(({ pid }) => pid));
  const behindKong = settings.real.gateway !== null;
  const wanted: [port: number, what: string][] = behindKong
    ? Object.entries(FUNCTION_PORTS).map(([fn, port]) => [port, fn])
    : settings.port === 0
      ? []
      : [[settings.port, 'gateway']];
  const findings: Finding[] = [];
  if (!runs && alive.length > 0)
    findings.push(
      wrong(
        `an emulator that was killed left ${alive.map(({ pid }) => pid).join(', ')} running`,
        `kill ${alive.map(({ pid }) => pid).join(' ')}`,
      ),
    );
  for (const [port, what] of wanted) {
    if (!(await isTaken(port))) {
      findings.push(ok(`${port} is free for ${what}`));
      continue;
    }
    const { pid, says, remedy } = holder(port);
    const isOwn = pid === null ? runs && running.addresses.gateway.endsWith(`:${port}`) : own.has(pid);
    if (isOwn && runs) findings.push(ok(`${port} is held by the emulator that runs here (process ${main.pid})`));
    else
      findings.push(
        wrong(`${port}, which ${what} needs, is held by ${says}`, behindKong ? remedy : `${remedy}, or set another PORT in .env`),
      );
  }
  return findings;
}
