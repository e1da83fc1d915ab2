import { PROJECT, type Config, type Container } from './project.ts';

/** How a service stands, over all of its replicas. */
export type Standing =
  | { state: 'waiting' }
  | { state: 'starting'; ready: number; of: number }
  | { state: 'ready' }
  | { state: 'done' }
  | { state: 'failed'; why: string };

/** Whether a service is to end by itself: somebody waits for its completion, or it has nothing that tells its health. */
const endsByItself = (name: string, { services }: Config): boolean =>
  services[name]?.healthcheck === undefined ||
  Object.values(services).some(({ depends_on = {} }) => depends_on[name]?.condition === 'service_completed_successfully');

/** Judges a service by its containers as `docker compose ps` shows them. */
export function standing(name: string, config: Config, containers: readonly Container[]): Standing {
  const own = containers.filter(({ Service }) => Service === name);
  const of = config.services[name]?.deploy?.replicas ?? 1;
  const live = own.filter(({ State }) => State !== 'created');
  if (live.length === 0) return { state: 'waiting' };
  const ended = live.find(({ State, ExitCode }) => (State === 'exited' || State === 'dead') && ExitCode !== 0);
  if (ended !== undefined) return { state: 'failed', why: `${ended.Name} ended with exit code ${ended.ExitCode}` };
  const restarting = live.find(({ State }) => State === 'restarting');
  if (restarting !== undefined) return { state: 'failed', why: `${restarting.Name} ends and is started again and again` };
  const ill = live.find(({ Health }) => Health === 'unhealthy');
  if (ill !== undefined) return { state: 'failed', why: `${ill.Name} runs but is not healthy` };
  if (endsByItself(name, config))
    return live.every(({ State }) => State === 'exited') ? { state: 'done' } : { state: 'starting', ready: 0, of };
  const stopped = live.find(({ State }) => State === 'exited');
  if (stopped !== undefined) return { state: 'failed', why: `${stopped.Name} ended, which it should not` };
  const ready = live.filter(({ State, Health }) => State === 'running' && Health === 'healthy').length;
  return ready >= of ? { state: 'ready' } : { state: 'starting', ready, of };
}

/** What can be done about a service that did not come up; its last lines of log stand above. */
const REMEDIES: Record<string, string> = {
  kong: 'Kong says above what it does not take of its configuration; npm run gateway:render -- --target compose checks the same file.',
  functions: 'A variable of .env is missing or wrong (the line above names it), or Qdrant cannot be reached: npm run ps.',
  redis: 'Give Docker more memory, or see whether another Redis uses the same data.',
  qdrant: 'Give Docker more memory (QDRANT_MEMORY), or see whether the disk is full: docker system df.',
  ollama: 'The models are not there: see npm run ps for ollama-models; OLLAMA_MEMORY bounds its memory.',
  'ollama-models': 'The pull failed: is the model named right (ollama.com/library), is there a network, is the disk full?',
  postgres: 'A volume from another KONG_PG_PASSWORD keeps the old one: change it in PostgreSQL, or start with a new volume.',
  'kong-migrations': 'PostgreSQL refused: is KONG_PG_PASSWORD the one that the volume was made with?',
  'kong-import': 'decK says above which entity it does not take.',
  'kong-manager': 'Kong says above why it does not start; its database is postgres: npm run ps.',
  dashboard: 'GATEWAY_PUBLIC_URL in .env must be the address at which a browser reaches the gateway.',
  'qdrant-balancer': 'HAProxy says above what it does not take of compose/haproxy.cfg, or no node behind it is ready: npm run ps.',
  prometheus: 'Prometheus says above what it does not take of compose/observability/, or the disk is full.',
  grafana: 'A volume from another GRAFANA_PASSWORD keeps the old one; else Grafana says above what it lacks.',
};

/** The remedy for a service; the nodes of a cluster have that of Qdrant. */
export function remedyFor(service: string): string {
  return REMEDIES[service] ?? REMEDIES[service.replace(/-\d$/, '')] ?? `See docker compose --project-name ${PROJECT} logs ${service}.`;
}
