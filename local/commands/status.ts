import type { Breaker } from '../../functions/_kernel/client/client.ts';
import { oneLine } from '../show.ts';
import { EXIT, UsageError, type Command } from './command.ts';
import { columns } from './out.ts';

/** Breakers as rows: name, state, failures, how long until a probe, and why the last call failed. */
export function breakerRows(breakers: Readonly<Record<string, Breaker>>): string[][] {
  return Object.entries(breakers).map(([name, { state, failures, retryAfterMs, lastReason }]) => [
    `  ${name}`,
    state,
    `${failures} failures`,
    retryAfterMs > 0 ? `probes in ${Math.ceil(retryAfterMs / 1_000)} s` : '',
    oneLine(lastReason ?? '', 80),
  ]);
}

export const status: Command = {
  name: 'status',
  synopsis: '',
  summary: 'says how the service and all that it stands on are',
  example: 'status',
  notes: 'Exit status 1 when the service is unhealthy.',
  async run({ words, client, out }) {
    if (words.length > 0) throw new UsageError('status takes no words.');
    const [health, found] = await Promise.all([client.health(), client.status()]);
    out.tell({ ...found, status: health.status });
    const rows = Object.entries(found.dependencies).map(([name, { up, latencyMs, version, problem }]) => [
      `  ${name}`,
      up ? 'up' : 'down',
      `${Math.round(latencyMs)} ms`,
      version ?? '',
      oneLine(problem ?? '', 80),
    ]);
    const models = found.dependencies.ollama.models.map(({ name, role, present }) => [
      `  ${role}`,
      name,
      present ? '' : `missing; ollama pull ${name}`,
    ]);
    out.say(`${out.bold(health.status)} ${out.dim(`version ${found.version}`)}`, ...columns(rows), ...columns(models), 'circuit breakers');
    out.say(...columns(breakerRows(found.circuitBreakers)));
    return health.status === 'unhealthy' ? EXIT.failed : EXIT.done;
  },
};
