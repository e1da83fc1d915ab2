import { ContainersError, requireDocker, type Docker } from './docker.ts';
import { withMounted } from './mounted.ts';
import { containersOf, filesOf, readConfig, requireOurs, stopServices } from './project.ts';

/** Whoever writes to the single node, and whoever would ask them. */
const WRITERS = ['kong', 'functions'];
const CLUSTER = 'qdrant-cluster';

/**
 * Moves the single node's data into the cluster: stops the functions, starts both, copies and verifies; the start that follows goes on
 * with the cluster alone. The single node's volume stays as it is.
 *
 * @throws ContainersError when the overlay is not among those named, or the copy did not end well: nothing was switched then.
 */
export async function moveToCluster(options: {
  docker: Docker;
  overlays: readonly string[];
  env: Readonly<Record<string, string>>;
  say(line: string): void;
}): Promise<void> {
  const { docker, overlays, say } = options;
  if (!overlays.includes(CLUSTER))
    throw new ContainersError(`--migrate goes with the overlay ${CLUSTER}: npm run up -- ${CLUSTER} --migrate`);
  await requireDocker(docker);
  await requireOurs(docker);
  const files = filesOf(overlays, ['migrate']);
  const config = await readConfig(docker, files, options.env);
  const env = withMounted(config, options.env);
  const writing = (await containersOf(docker)).filter(({ Service, State }) => WRITERS.includes(Service) && State === 'running');
  const services = [...new Set(writing.map(({ Service }) => Service))];
  if (services.length > 0) {
    await stopServices(docker, services);
    say(`  ${services.join(', ')}: stopped while the data is moved`);
  }
  const { code } = await docker([...files, 'run', '--rm', '--no-TTY', '--build', 'migrate'], { env, shown: true });
  if (code !== 0)
    throw new ContainersError(
      'The data was not moved, and nothing was switched. The same command goes on where it was; npm run up goes back to the single node.',
    );
}
