import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { requireDocker, type Docker, type Ran } from '../../compose/containers/docker.ts';
import { holderOf, isFree } from '../../compose/containers/ports.ts';
import { inOrder, type Config, type Container } from '../../compose/containers/project.ts';
import { remedyFor, standing } from '../../compose/containers/progress.ts';
import { up } from '../../compose/containers/up.ts';

// No engine is needed: a docker that answers by a script, one scene a second.

const ran = (out: string, code = 0, err = ''): Ran => ({ code, out, err });
const container = (Service: string, State: string, Health = '', ExitCode = 0, n = 1): Container => ({
  Service,
  Name: `rag-${Service}-${n}`,
  State,
  Health,
  ExitCode,
});
const CONFIG: Config = {
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

/** A docker whose containers stand as the next scene says at each look. */
function scripted(scenes: Container[][], over: Partial<Record<'version' | 'info' | 'up' | 'logs' | 'holder' | 'ls', Ran>> = {}) {
  const asked: string[] = [];
  let scene = -1;
  const docker: Docker = async (args) => {
    const line = args.join(' ');
    asked.push(line);
    if (line.includes('version')) return over.version ?? ran('2.39.1\n');
    if (line.startsWith('info')) return over.info ?? ran('28.2.2\n');
    if (line.includes(' ls ')) return over.ls ?? ran('[]');
    if (line.includes(' config ')) return ran(JSON.stringify(CONFIG));
    if (line.includes(' ps --all')) {
      const now = scenes[Math.min(Math.max(scene++, 0), scenes.length - 1)] ?? [];
      return ran(now.map((one) => JSON.stringify(one)).join('\n'));
    }
    if (line.includes(' up ')) return over.up ?? ran('');
    if (line.includes(' logs ')) return over.logs ?? ran('');
    return over.holder ?? ran('');
  };
  return { docker, asked };
}

async function start(scenes: Container[][], over: Parameters<typeof scripted>[1] = {}, portIsFree: typeof isFree = async () => true) {
  const { docker, asked } = scripted(scenes, over);
  const said: string[] = [];
  let now = 0;
  const sleep = async (ms: number) => void (now += ms);
  const done = up({
    docker,
    overlays: [],
    profiles: [],
    env: {},
    say: (line) => said.push(line.trim()),
    clock: () => now,
    sleep,
    portIsFree,
  });
  const failure = await done.then(
    () => null,
    (error: Error) => error.message,
  );
  return { said, failure, asked };
}

const redis = container('redis', 'running', 'healthy');
const models = container('models', 'exited', '', 0);
const functions = [container('functions', 'running', 'healthy', 0, 1), container('functions', 'running', 'healthy', 0, 2)];
const kong = container('kong', 'running', 'healthy');

describe('npm run up', () => {
  test('tells each service on its way to health, in order, and ends when all are', async () => {
    const { said, failure, asked } = await start([
      [],
      [container('redis', 'running', 'starting')],
      [redis, container('models', 'running')],
      [redis, models, functions[0]!, container('functions', 'running', 'starting', 0, 2)],
      [redis, models, ...functions, container('kong', 'running', 'starting')],
      [redis, models, ...functions, kong],
    ]);
    expect(failure).toBeNull();
    expect(said.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'redis starting',
      'redis healthy after 2.0 s',
      'models starting',
      'functions starting (1 of 2 healthy)',
      'models done after 3.0 s',
      'functions healthy after 4.0 s',
      'kong starting',
      'kong healthy after 5.0 s',
    ]);
    expect(asked.filter((line) => / (?:stop|kill|rm|down)\b/.test(line))).toEqual([]);
  });

  test.each([
    ['ends', container('functions', 'exited', '', 1), 'rag-functions-1 ended with exit code 1'],
    ['is not healthy', container('functions', 'running', 'unhealthy'), 'rag-functions-1 runs but is not healthy'],
    ['is started again and again', container('functions', 'restarting', '', 1), 'rag-functions-1 ends and is started again and again'],
    ['ends without a fault', container('functions', 'exited', '', 0), 'rag-functions-1 ended, which it should not'],
  ])('a service that %s ends the start with its last lines and what to do', async (_, broken, why) => {
    const { failure } = await start([[redis, models, broken]], { logs: ran('SERVICE_TOKEN is missing\n') });
    expect(failure).toBe(
      `functions: ${why}. Its last lines:\n  | SERVICE_TOKEN is missing\n${remedyFor('functions')}\nThe others go on; npm run down stops them, npm run up tries again.`,
    );
  });

  test('a one-shot that failed and does better when started again is no failure', async () => {
    const failing = container('models', 'restarting', '', 1);
    const { failure } = await start([
      [redis, failing],
      [redis, failing],
      [redis, models, ...functions, kong],
    ]);
    expect(failure).toBeNull();
  });

  test("compose's own failure is told in its words: an image that cannot be built or pulled", async () => {
    const { failure } = await start([[]], { up: ran('', 17, 'pull access denied for rag-functions') });
    expect(failure).toContain('docker compose up ended with 17:\npull access denied');
  });

  test('a port that somebody else holds ends it before anything is started, and names the holder', async () => {
    const { failure, asked } = await start([[]], { holder: ran('someone-elses\n') }, async () => false);
    expect(failure).toBe('Port 8000 (kong) is held by container someone-elses: stop it, or set PORT in .env.');
    expect(asked.some((line) => line.includes(' up '))).toBe(false);
  });

  test('a project of the same name from another folder is left alone', async () => {
    const other = JSON.stringify([{ Name: 'rag-service', Status: 'running(1)', ConfigFiles: '/home/you/other/compose.yaml' }]);
    const { failure, asked } = await start([[]], { ls: ran(other) });
    expect(failure).toBe(
      'Another project is called rag-service, from /home/you/other/compose.yaml: stop it there first. Nothing of it was touched.',
    );
    expect(asked.some((line) => line.includes(' up '))).toBe(false);
  });

  test('a port that the project holds itself is no obstacle', async () => {
    const all = [redis, models, ...functions, kong];
    expect((await start([all], {}, async () => false)).failure).toBeNull();
  });
});

describe('without what it takes', () => {
  test.each([
    [
      'no docker',
      async () => Promise.reject(Object.assign(new Error('spawn docker ENOENT'), { code: 'ENOENT' })),
      'There is no docker command',
    ],
    ['no compose plugin', scripted([], { version: ran('', 1, 'unknown command') }).docker, 'docker has no compose plugin'],
    ['an old compose', scripted([], { version: ran('2.20.3\n') }).docker, 'docker compose is 2.20.3: update it to 2.24 or later'],
    ['compose 1', scripted([], { version: ran('1.29.2\n') }).docker, 'docker compose is 1.29.2'],
    ['no engine', scripted([], { info: ran('', 1, 'Cannot connect') }).docker, 'No Docker engine answers'],
  ] as [string, Docker, string][])('%s: says so, and that npm start needs none', async (_, docker, message) => {
    await expect(requireDocker(docker)).rejects.toThrow(message);
    await expect(requireDocker(docker)).rejects.toThrow('npm start runs the whole service without containers.');
  });
});

test('the holder of a port is named by process and command', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const nothing: Docker = async () => ran('');
  expect(await isFree({ host: '127.0.0.1', port })).toBe(false);
  const holder = await holderOf(port, nothing);
  await new Promise((resolve) => server.close(resolve));
  expect(holder).toMatch(new RegExp(`^process ${process.pid} \\(.*node`));
  expect(await isFree({ host: '127.0.0.1', port })).toBe(true);
});

test('services stand in the order in which they can start', () => {
  const order = inOrder(CONFIG);
  expect(order.indexOf('redis')).toBeLessThan(order.indexOf('functions'));
  expect(order.indexOf('functions')).toBeLessThan(order.indexOf('kong'));
  expect(order).toHaveLength(4);
});

test('a service of several replicas is ready when all are', () => {
  expect(standing('functions', CONFIG, [functions[0]!])).toEqual({ state: 'starting', ready: 1, of: 2 });
  expect(standing('functions', CONFIG, functions)).toEqual({ state: 'ready' });
});
