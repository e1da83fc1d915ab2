import { ContainersError, requireDocker, type Docker } from './docker.ts';
import { holderOf, isFree, publishedPorts } from './ports.ts';
import { remedyFor, standing, type Standing } from './progress.ts';
import { containersOf, filesOf, inOrder, PROJECT, readConfig, requireOurs, type Config } from './project.ts';

const POLL_MS = 1_000;
/** A failure is believed when it has lasted this many polls: a one-shot that is started again may do better. */
const FAILED_POLLS = 3;
const LOG_LINES = 20;

export type Options = {
  docker: Docker;
  overlays: readonly string[];
  profiles: readonly string[];
  /** Given to compose beside the process's own variables. */
  env: Readonly<Record<string, string>>;
  say(line: string): void;
  clock?(): number;
  sleep?(ms: number): Promise<void>;
  portIsFree?: typeof isFree;
};

/** @throws ContainersError that names every port somebody else holds, and who. */
async function requirePorts(config: Config, { docker, portIsFree = isFree }: Options): Promise<void> {
  const running = new Set((await containersOf(docker)).filter(({ State }) => State === 'running').map(({ Service }) => Service));
  const taken: string[] = [];
  for (const one of publishedPorts(config)) {
    // What we hold ourselves is given back by the start itself.
    if (running.has(one.service) || (await portIsFree(one))) continue;
    const remedy = one.service === 'kong' ? 'stop it, or set PORT in .env' : 'stop it, or set another port in .env';
    taken.push(`Port ${one.port} (${one.service}) is held by ${await holderOf(one.port, docker)}: ${remedy}.`);
  }
  if (taken.length > 0) throw new ContainersError(taken.join('\n'));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

function line(name: string, now: Standing, ms: number): string | null {
  const named = name.padEnd(16);
  if (now.state === 'ready') return `  ${named} healthy after ${seconds(ms)}`;
  if (now.state === 'done') return `  ${named} done after ${seconds(ms)}`;
  if (now.state === 'starting') return `  ${named} starting${now.of > 1 ? ` (${now.ready} of ${now.of} healthy)` : ''}`;
  return null;
}

async function failure(docker: Docker, name: string, why: string): Promise<ContainersError> {
  const logs = await docker([
    'compose',
    '--project-name',
    PROJECT,
    'logs',
    '--no-color',
    '--no-log-prefix',
    '--tail',
    String(LOG_LINES),
    name,
  ]);
  const said = `${logs.out}${logs.err}`.trim();
  const lines =
    said === ''
      ? '  (it said nothing)'
      : said
          .split('\n')
          .map((one) => `  | ${one}`)
          .join('\n');
  return new ContainersError(
    `${name}: ${why}. Its last lines:\n${lines}\n${remedyFor(name)}\nThe others go on; npm run down stops them, npm run up tries again.`,
  );
}

/**
 * Starts the containers in their order and tells each service's way to health in a line of its own; returns when all are healthy.
 *
 * Nothing that is not the project's is stopped: a port that somebody else holds ends the start before it begins.
 * @throws ContainersError with the failed service's last lines of log and what to do.
 */
export async function up(options: Options): Promise<void> {
  const { docker, overlays, profiles, env, say, clock = Date.now } = options;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)));
  await requireDocker(docker);
  await requireOurs(docker);
  const files = filesOf(overlays, profiles);
  const config = await readConfig(docker, files, env);
  await requirePorts(config, options);
  const names = inOrder(config);
  const began = clock();
  let starting: { code: number; said: string } | null = null;
  const start = docker([...files, 'up', '--detach', '--build', '--remove-orphans'], env).then(
    ({ code, err }) => (starting = { code, said: err.trim() }),
  );
  const told = new Map<string, string>();
  const failed = new Map<string, number>();
  for (;;) {
    const containers = await containersOf(docker);
    const all = names.map((name) => [name, standing(name, config, containers)] as const);
    for (const [name, now] of all) {
      const text = line(name, now, clock() - began);
      const what = `${now.state} ${now.state === 'starting' ? now.ready : ''}`;
      if (text !== null && told.get(name) !== what) say(text);
      told.set(name, what);
      failed.set(name, now.state === 'failed' ? (failed.get(name) ?? 0) + 1 : 0);
      if (now.state === 'failed' && failed.get(name)! >= FAILED_POLLS) throw await failure(docker, name, now.why);
    }
    if (all.every(([, { state }]) => state === 'ready' || state === 'done')) break;
    const ended = starting as { code: number; said: string } | null;
    if (ended !== null && ended.code !== 0 && all.every(([, { state }]) => state !== 'failed'))
      throw new ContainersError(`docker compose up ended with ${ended.code}:\n${ended.said.split('\n').slice(-LOG_LINES).join('\n')}`);
    await sleep(POLL_MS);
  }
  await start;
}
