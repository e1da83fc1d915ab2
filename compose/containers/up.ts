import { ContainersError, requireDocker, type Docker } from './docker.ts';
import { withMounted } from './mounted.ts';
import { canListen, holderOf, publishedPorts } from './ports.ts';
import { remedyFor, standing, type Standing } from './progress.ts';
import { containersOf, filesOf, inOrder, PROJECT, readConfig, requireOurs, stopServices, type Config, type Container } from './project.ts';

const POLL_MS = 1_000;
/** A failure is believed when it has lasted this many polls: a one-shot that is started again may do better. */
const FAILED_POLLS = 3;
const LOG_LINES = 20;

export type Options = {
  docker: Docker;
  overlays: readonly string[];
  profiles: readonly string[];
  /** Given to compose beside the process's own variables: what `.env` and the process set. */
  env: Readonly<Record<string, string>>;
  say(line: string): void;
  clock?(): number;
  sleep?(ms: number): Promise<void>;
  canListen?: typeof canListen;
};

/** The variables that say where a published port is; the others are fixed, since something else names them. */
const PORT_VARIABLES: Readonly<Record<string, string>> = { kong: 'PORT', prometheus: 'PROMETHEUS_PORT', grafana: 'GRAFANA_PORT' };

/** @throws ContainersError that names every address which cannot be listened on: who holds it, or what is wrong with it. */
async function requirePorts(config: Config, running: ReadonlySet<string>, options: Options): Promise<void> {
  const { docker, canListen: listens = canListen } = options;
  const taken: string[] = [];
  for (const one of publishedPorts(config)) {
    // What we hold ourselves is given back by the start itself.
    const refused = running.has(one.service) ? null : await listens(one);
    const variable = PORT_VARIABLES[one.service];
    const other =
      variable === undefined || config.services[one.service]!.ports!.length > 1 ? 'stop it' : `stop it, or set ${variable} in .env`;
    if (refused === 'EADDRINUSE') taken.push(`Port ${one.port} (${one.service}) is held by ${await holderOf(one.port, docker)}: ${other}.`);
    else if (refused === 'EADDRNOTAVAIL')
      taken.push(
        `${one.host} (${one.service}) is no address of this machine${one.service === 'kong' ? ': set GATEWAY_BIND in .env to one, or to 0.0.0.0 for all' : ''}.`,
      );
    // Whoever may not listen below 1024 may have an engine that does.
    else if (refused !== null && refused !== 'EACCES')
      taken.push(`Port ${one.port} of ${one.host} (${one.service}) cannot be listened on: ${refused}.`);
  }
  if (taken.length > 0) throw new ContainersError(taken.join('\n'));
}

/** Stops what an earlier start with other overlays left running: a service that this one has not would share names and data with it. */
async function stopOthers(config: Config, running: ReadonlySet<string>, { docker, say }: Options): Promise<void> {
  const others = [...running].filter((name) => !(name in config.services));
  if (others.length === 0) return;
  await stopServices(docker, others);
  say(`  ${others.join(', ')}: stopped, since this start has no use for it; its data is kept`);
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

const signature = ({ ID = '', Name, State, Health, ExitCode }: Container): string => [ID, Name, State, Health, ExitCode].join(' ');

/**
 * Starts the containers in their order and tells each service's way to health in a line of its own; returns when all are healthy.
 *
 * Nothing that is not the project's is stopped: a port that somebody else holds ends the start before it begins.
 * @throws ContainersError with the failed service's last lines of log and what to do.
 */
export async function up(options: Options): Promise<void> {
  const { docker, overlays, profiles, say, clock = Date.now } = options;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)));
  await requireDocker(docker);
  await requireOurs(docker);
  const files = filesOf(overlays, profiles);
  const config = await readConfig(docker, files, options.env);
  const found = await containersOf(docker);
  const running = new Set(found.filter(({ State }) => State === 'running').map(({ Service }) => Service));
  await requirePorts(config, running, options);
  await stopOthers(config, running, options);
  const env = withMounted(config, options.env);
  const names = inOrder(config);
  const began = clock();
  const ending = new AbortController();
  let starting: { code: number; said: string } | null = null;
  const start = docker([...files, 'up', '--detach', '--build', '--remove-orphans'], { env, signal: ending.signal }).then(
    ({ code, err }) => (starting = { code, said: err.trim() }),
    (error: Error) => (starting = { code: 1, said: error.message }),
  );
  // How they were left is no news, until compose has come to them.
  const old = new Set(found.map(signature));
  const told = new Map<string, string>();
  const failed = new Map<string, number>();
  try {
    for (;;) {
      const containers = await containersOf(docker);
      const ended = starting as { code: number; said: string } | null;
      const present = new Set(containers.map(signature));
      for (const one of old) if (ended !== null || !present.has(one)) old.delete(one);
      const news = containers.filter((one) => !old.has(signature(one)) || one.Health === 'healthy');
      const all = names.map((name) => [name, standing(name, config, news)] as const);
      for (const [name, now] of all) {
        const text = line(name, now, clock() - began);
        const what = `${now.state} ${now.state === 'starting' ? now.ready : ''}`;
        if (text !== null && told.get(name) !== what) say(text);
        told.set(name, what);
        failed.set(name, now.state === 'failed' ? (failed.get(name) ?? 0) + 1 : 0);
        if (now.state === 'failed' && failed.get(name)! >= FAILED_POLLS) throw await failure(docker, name, now.why);
      }
      if (ended !== null && ended.code !== 0 && all.every(([, { state }]) => state !== 'failed'))
        throw new ContainersError(`docker compose up ended with ${ended.code}:\n${ended.said.split('\n').slice(-LOG_LINES).join('\n')}`);
      if (ended !== null && all.every(([, { state }]) => state === 'ready' || state === 'done')) break;
      await sleep(POLL_MS);
    }
  } finally {
    // Ours, and of no more use: it would keep this process waiting for what failed.
    ending.abort();
  }
  await start;
}
