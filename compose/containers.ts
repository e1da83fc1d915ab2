import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { render } from '../gateway/render.ts';
import { ROOT } from '../local/bundle.ts';
import { ENV_FILE, ensureEnv, ensureSecrets, readEnvFile } from '../local/settings.ts';
import { ContainersError, docker, requireDocker } from './containers/docker.ts';
import { moveToCluster } from './containers/move.ts';
import { containersOf, filesOf, OVERLAYS, PROJECT, requireOurs } from './containers/project.ts';
import { up } from './containers/up.ts';

const USAGE = `usage: npm run up -- [${OVERLAYS.join('] [')}] [--dashboard]    starts, and waits until all is healthy
       npm run up -- qdrant-cluster --migrate    moves the single node's data into the cluster first
       npm run down -- [--delete-data]    stops; the volumes stay unless they are to go
       npm run ps                         how each container stands`;

/** What an overlay needs in `.env` beside what every start does. */
const SECRETS_OF: Readonly<Record<string, readonly string[]>> = {
  'kong-postgres': ['KONG_PG_PASSWORD'],
  observability: ['GRAFANA_PASSWORD', 'METRICS_TOKEN'],
};

/** The gateway's file, filled in: in a folder that only its owner may enter, readable inside the container that mounts it. */
function writeGatewayFile(values: Readonly<Record<string, string>>): void {
  const folder = `${ROOT}.rag/compose`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { SERVICE_TOKEN = '', API_KEY = '' } = values;
  const text = readFileSync(`${ROOT}gateway/kong.yml`, 'utf8');
  const filled = render(text, { ...values, DECK_SERVICE_TOKEN: SERVICE_TOKEN, DECK_API_KEY: API_KEY }, 'compose');
  writeFileSync(`${folder}/kong.yml`, filled, { mode: 0o644 });
}

async function start(overlays: readonly string[], profiles: readonly string[], migrating: boolean): Promise<void> {
  filesOf(overlays); // a name that is wrong is told before anything else
  await requireDocker(docker);
  if (ensureEnv()) console.log('Wrote .env with secrets of its own (mode 600).');
  const made = ensureSecrets(overlays.flatMap((name) => SECRETS_OF[name] ?? []));
  if (made.length > 0) console.log(`Wrote ${made.join(', ')} into .env.`);
  const set = Object.entries({ ...readEnvFile(ENV_FILE), ...process.env }).filter((one): one is [string, string] => Boolean(one[1]));
  const values = Object.fromEntries(set);
  writeGatewayFile(values);
  const { QDRANT_API_KEY } = values;
  const env = { ...values, ...(QDRANT_API_KEY !== undefined && { QDRANT__SERVICE__API_KEY: QDRANT_API_KEY }) };
  const say = (line: string): void => console.log(line);
  if (migrating) await moveToCluster({ docker, overlays, env, say });
  await up({ docker, overlays, profiles, env, say });
  console.log(`\nhttp://127.0.0.1:${values['PORT'] ?? 8000} is the gateway. npm run rag -- ask "…" asks it; npm run ps, npm run down.`);
}

async function stop(deleteData: boolean): Promise<void> {
  await requireDocker(docker);
  await requireOurs(docker);
  const how = deleteData ? ['--volumes'] : [];
  const { code, err } = await docker(['compose', '--project-name', PROJECT, 'down', '--remove-orphans', ...how]);
  if (code !== 0) throw new ContainersError(`docker compose down: ${err.trim()}`);
  console.log(deleteData ? 'Stopped, and the volumes are deleted.' : 'Stopped. The volumes are kept; npm run up goes on with them.');
}

async function list(): Promise<void> {
  await requireDocker(docker);
  const containers = await containersOf(docker);
  if (containers.length === 0) console.log('No containers: npm run up starts them.');
  for (const { Service, Name, State, Health, ExitCode } of containers.toSorted((a, b) => a.Name.localeCompare(b.Name)))
    console.log(`  ${Service.padEnd(16)} ${Name.padEnd(24)} ${State === 'exited' ? `ended with ${ExitCode}` : Health || State}`);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      dashboard: { type: 'boolean', default: false },
      migrate: { type: 'boolean', default: false },
      'delete-data': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb, ...overlays] = positionals;
  if (values.help) console.log(USAGE);
  else if (verb === 'up') await start(overlays, values.dashboard ? ['dashboard'] : [], values.migrate);
  else if (verb === 'down') await stop(values['delete-data']);
  else if (verb === 'ps') await list();
  else throw new ContainersError(USAGE);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
