import type { Docker, Ran } from '../../compose/containers/docker.ts';
import type { canListen } from '../../compose/containers/ports.ts';
import type { Config, Container } from '../../compose/containers/project.ts';
import { up } from '../../compose/containers/up.ts';

// No engine is needed: a docker that answers by a script, one scene a second.

export const ran = (out: string, code = 0, err = ''): Ran => ({ code, out, err });
export const container = (Service: string, State: string, Health = '', ExitCode = 0, n = 1): Container => ({
  Service,
  Name: `rag-${Service}-${n}`,
  State,
  Health,
  ExitCode,
});
export const CONFIG: Config = {
  services: {
    kong: {
      ports: [{ published: '8000', host_ip: '127.0.0.1' }],
      depends_on: { functions: { condition: 'service_healthy' } },
      healthcheck: {},
    },
    functions: { depends_on: { redis: { condition: 'service_healthy' } }, healthcheck: {}, deploy: { replicas: 2 } },
    redis: { healthcheck: {} },
    models: { depends_on: { redis: { condition: 'service_started' } } },
  },
};

export const bound = (host_ip: string): Config => ({ services: { kong: { ports: [{ published: '8000', host_ip }], healthcheck: {} } } });

/** A docker whose containers stand as the next scene says at each look. */
export function scripted(
  scenes: Container[][],
  over: Partial<Record<'version' | 'info' | 'up' | 'logs' | 'holder' | 'ls', Ran>> & { config?: Config; upLasts?: boolean } = {},
) {
  const asked: string[] = [];
  const given: Record<string, string> = {};
  let scene = -1;
  let ended = false;
  const docker: Docker = async (args, { env = {}, signal } = {}) => {
    const line = args.join(' ');
    asked.push(line);
    if (line.includes('version')) return over.version ?? ran('2.39.1\n');
    if (line.startsWith('info')) return over.info ?? ran('28.2.2\n');
    if (line.includes(' ls ')) return over.ls ?? ran('[]');
    if (line.includes(' config ')) return ran(JSON.stringify(over.config ?? CONFIG));
    if (line.includes(' ps --all')) {
      const now = scenes[Math.min(Math.max(scene++, 0), scenes.length - 1)] ?? [];
      return ran(now.map((one) => JSON.stringify(one)).join('\n'));
    }
    if (line.includes(' up ')) {
      Object.assign(given, env);
      if (over.upLasts) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      ended = signal?.aborted ?? false;
      return over.up ?? ran('');
    }
    if (line.includes(' logs ')) return over.logs ?? ran('');
    return over.holder ?? ran('');
  };
  return { docker, asked, given, wasEnded: () => ended };
}

export async function start(
  scenes: Container[][],
  over: Parameters<typeof scripted>[1] = {},
  listens: typeof canListen = async () => null,
  env: Record<string, string> = {},
) {
  const { docker, asked, given, wasEnded } = scripted(scenes, over);
  const said: string[] = [];
  let now = 0;
  const sleep = async (ms: number) => void (now += ms);
  const done = up({
    docker,
    overlays: [],
    profiles: [],
    env,
    say: (line) => said.push(line.trim()),
    clock: () => now,
    sleep,
    canListen: listens,
  });
  const failure = await done.then(
    () => null,
    (error: Error) => error.message,
  );
  return { said, failure, asked, given, ended: wasEnded() };
}

export const redis = container('redis', 'running', 'healthy');
export const models = container('models', 'exited', '', 0);
export const functions = [container('functions', 'running', 'healthy', 0, 1), container('functions', 'running', 'healthy', 0, 2)];
export const kong = container('kong', 'running', 'healthy');
