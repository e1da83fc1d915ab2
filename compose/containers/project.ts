import { readdirSync } from 'node:fs';
import { ROOT } from '../../local/bundle.ts';
import { ContainersError, type Docker } from './docker.ts';

/** As in compose.yaml: what every container of ours is labelled with. */
export const PROJECT = 'rag-service';
const FOLDER = `${ROOT}compose/`;
/** Overlays by name, beside compose.yaml. */
export const OVERLAYS = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml') && file !== 'compose.yaml')
  .map((file) => file.slice(0, -'.yaml'.length))
  .toSorted();

/** The part of a resolved configuration that a start looks at (`docker compose config --format json`). */
export type Service = {
  ports?: { published?: string; host_ip?: string }[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { disable?: boolean };
  deploy?: { replicas?: number };
  volumes?: { type: string; source?: string }[];
  secrets?: { source: string }[];
  configs?: { source: string }[];
};
export type Config = {
  services: Record<string, Service>;
  secrets?: Record<string, { environment?: string }>;
  configs?: Record<string, { content?: string }>;
};

/** The arguments that name the project's files. @throws ContainersError for an overlay that there is not. */
export function filesOf(overlays: readonly string[], profiles: readonly string[] = []): string[] {
  const unknown = overlays.find((name) => !OVERLAYS.includes(name));
  if (unknown !== undefined) throw new ContainersError(`There is no overlay ${unknown}: ${OVERLAYS.join(', ')}.`);
  const files = ['compose', ...overlays].flatMap((name) => ['--file', `${FOLDER}${name}.yaml`]);
  return ['compose', '--project-name', PROJECT, '--env-file', `${ROOT}.env`, ...files, ...profiles.flatMap((name) => ['--profile', name])];
}

/** Reads the configuration as compose resolves it. @throws ContainersError with compose's own words: they name the missing variable. */
export async function readConfig(run: Docker, files: readonly string[], env: Readonly<Record<string, string>>): Promise<Config> {
  const { code, out, err } = await run([...files, 'config', '--format', 'json'], { env });
  if (code !== 0) throw new ContainersError(`The compose files are not usable: ${err.trim()}`);
  return JSON.parse(out) as Config;
}

/** The services in the order in which they can start: each after what it waits for. */
export function inOrder({ services }: Config): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const before of Object.keys(services[name]?.depends_on ?? {})) if (before in services) visit(before);
    order.push(name);
  };
  for (const name of Object.keys(services).toSorted()) visit(name);
  return order;
}

/**
 * Makes sure that what runs under the project's name was started from this folder, so that nothing of anybody else's is touched.
 *
 * @throws ContainersError that names the other folder's files.
 */
export async function requireOurs(run: Docker): Promise<void> {
  const { code, out } = await run(['compose', 'ls', '--all', '--format', 'json']);
  const projects = code === 0 && out.trim() !== '' ? (JSON.parse(out) as { Name: string; ConfigFiles: string }[]) : [];
  const files = projects.find(({ Name }) => Name === PROJECT)?.ConfigFiles ?? '';
  if (files.split(',').every((file) => file === '' || file.startsWith(FOLDER))) return;
  throw new ContainersError(`Another project is called ${PROJECT}, from ${files}: stop it there first. Nothing of it was touched.`);
}

/** One container as `docker compose ps` shows it. */
export type Container = {
  ID?: string;
  Service: string;
  Name: string;
  State: string;
  Health: string;
  ExitCode: number;
  Publishers?: unknown;
};

/** The project's containers, those that ended too. Compose prints one JSON object a line, older ones an array. */
export async function containersOf(run: Docker): Promise<Container[]> {
  const { code, out, err } = await run(['compose', '--project-name', PROJECT, 'ps', '--all', '--format', 'json']);
  if (code !== 0) throw new ContainersError(`docker compose ps: ${err.trim()}`);
  const text = out.trim();
  if (text === '') return [];
  if (text.startsWith('[')) return JSON.parse(text) as Container[];
  return text.split('\n').map((line) => JSON.parse(line) as Container);
}

/** Stops services of the project; their data stays. @throws ContainersError with compose's words. */
export async function stopServices(run: Docker, services: readonly string[]): Promise<void> {
  const { code, err } = await run(['compose', '--project-name', PROJECT, 'stop', ...services]);
  if (code !== 0) throw new ContainersError(`docker compose stop: ${err.trim()}`);
}
