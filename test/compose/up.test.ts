import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { requireDocker, type Docker } from '../../compose/containers/docker.ts';
import { canListen, holderOf } from '../../compose/containers/ports.ts';
import { inOrder } from '../../compose/containers/project.ts';
import { remedyFor, standing } from '../../compose/containers/progress.ts';
import { up } from '../../compose/containers/up.ts';
import { bound, CONFIG, container, functions, kong, models, ran, redis, scripted, start } from './scripted-docker.ts';

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
    const { failure, asked } = await start([[]], { holder: ran('someone-elses\n') }, async () => 'EADDRINUSE');
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

  test('an address that this machine does not have is told as such, not as held', async () => {
    const { failure } = await start([[]], { config: bound('203.0.113.9') }, canListen);
    expect(failure).toBe('203.0.113.9 (kong) is no address of this machine: set GATEWAY_BIND in .env to one, or to 0.0.0.0 for all.');
  });

  test('a port that no variable moves is not said to be movable', async () => {
    const config = { services: { dashboard: { ports: [{ published: '3103', host_ip: '127.0.0.1' }], healthcheck: {} } } };
    const { failure } = await start([[]], { config, holder: ran('other\n') }, async () => 'EADDRINUSE');
    expect(failure).toBe('Port 3103 (dashboard) is held by container other: stop it.');
  });

  test('after a failure was told, its own docker compose up is ended', async () => {
    const failing = container('models', 'exited', '', 1);
    const { failure, ended } = await start([[], [redis, failing]], { upLasts: true });
    expect(failure).toContain('models: rag-models-1 ended with exit code 1');
    expect(ended).toBe(true);
  });

  test('what failed in an earlier start is no news while compose is still at work', async () => {
    const left = [{ ...container('functions', 'exited', '', 1), ID: 'old' }];
    const made = functions.map((one) => ({ ...one, ID: 'new' }));
    const scenes = [left, left, left, left, left, [redis, models, ...made, kong]];
    const { docker } = scripted(scenes);
    let polls = 0;
    let finish = (): void => {};
    const busy: Docker = async (args, how) => {
      if (args.includes('up')) await new Promise<void>((resolve) => (finish = resolve));
      if (args.includes('ps') && ++polls === scenes.length) finish();
      return docker(args, how);
    };
    await up({ docker: busy, overlays: [], profiles: [], env: {}, say: () => {}, sleep: async () => {}, canListen: async () => null });
    expect(polls).toBeGreaterThan(5);
  });

  test('what an earlier start with other overlays left running is stopped before: it would answer to the same name', async () => {
    const all = [redis, models, ...functions, kong];
    const { said, asked } = await start([[container('qdrant', 'running', 'healthy')], all]);
    expect(asked.findIndex((line) => line.endsWith('--project-name rag-service stop qdrant'))).toBeLessThan(
      asked.findIndex((line) => line.includes(' up ')),
    );
    expect(said[0]).toBe('qdrant: stopped, since this start has no use for it; its data is kept');
  });

  test('a port that the project holds itself is no obstacle', async () => {
    const all = [redis, models, ...functions, kong];
    expect((await start([all], {}, async () => 'EADDRINUSE')).failure).toBeNull();
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
  expect(await canListen({ host: '127.0.0.1', port })).toBe('EADDRINUSE');
  const holder = await holderOf(port, nothing);
  await new Promise((resolve) => server.close(resolve));
  expect(holder).toMatch(new RegExp(`^process ${process.pid} \\(.*node`));
  expect(await canListen({ host: '127.0.0.1', port })).toBeNull();
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
