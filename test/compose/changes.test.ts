import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { docker as onThePath, type Docker } from '../../compose/containers/docker.ts';
import { moveToCluster } from '../../compose/containers/move.ts';
import type { Config } from '../../compose/containers/project.ts';
import { container, functions, kong, ran, redis, scripted, start } from './scripted-docker.ts';

// What a later start does to what an earlier one left.

describe('a container is made anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mounted-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'rules'));
  const config: Config = {
    services: {
      kong: { volumes: [{ type: 'bind', source: join(folder, 'kong.yml') }], healthcheck: {} },
      'the-watcher': {
        volumes: [
          { type: 'bind', source: join(folder, 'rules') },
          { type: 'volume', source: 'data' },
        ],
        healthcheck: {},
      },
      teller: { secrets: [{ source: 'token' }], healthcheck: {} },
      redis: { volumes: [{ type: 'volume', source: 'redis' }], healthcheck: {} },
    },
    secrets: { token: { environment: 'SERVICE_TOKEN' } },
  };
  const labels = async (gateway: string, rule: string, SERVICE_TOKEN: string) => {
    writeFileSync(join(folder, 'kong.yml'), gateway);
    writeFileSync(join(folder, 'rules', 'a.yml'), rule);
    const healthy = Object.keys(config.services).map((name) => container(name, 'running', 'healthy'));
    const { given, failure } = await start([healthy], { config }, undefined, { SERVICE_TOKEN });
    expect(failure).toBeNull();
    return Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith('MOUNTED_')));
  };

  test('when a file that it mounts, or a secret that it reads, has another content; and only then', async () => {
    const before = await labels('token: a', 'x', 'a');
    expect(Object.keys(before)).toEqual(['MOUNTED_KONG', 'MOUNTED_THE_WATCHER', 'MOUNTED_TELLER']);
    expect(await labels('token: a', 'x', 'a')).toEqual(before);
    const changed = async (...now: Parameters<typeof labels>) => {
      const after = await labels(...now);
      return Object.keys(before).filter((name) => after[name] !== before[name]);
    };
    expect(await changed('token: b', 'x', 'a')).toEqual(['MOUNTED_KONG']);
    expect(await changed('token: a', 'y', 'a')).toEqual(['MOUNTED_THE_WATCHER']);
    expect(await changed('token: a', 'x', 'b')).toEqual(['MOUNTED_TELLER']);
  });
});

describe("a single node's data moved into the cluster", () => {
  const move = async (overlays: string[], code: number) => {
    const { docker, asked } = scripted([[...functions, kong, redis]]);
    const moving: Docker = async (args, how) => (args.includes('run') ? (asked.push(args.join(' ')), ran('', code)) : docker(args, how));
    const done = moveToCluster({ docker: moving, overlays, env: {}, say: () => {} });
    return {
      asked,
      failure: await done.then(
        () => null,
        (error: Error) => error.message,
      ),
    };
  };

  test('is copied while nobody writes, before the cluster is started for all', async () => {
    const { asked, failure } = await move(['qdrant-cluster'], 0);
    expect(failure).toBeNull();
    const stopped = asked.findIndex((line) => line.endsWith('stop functions kong'));
    const copied = asked.findIndex((line) => / --profile migrate run .*migrate$/.test(line));
    expect(stopped).toBeGreaterThan(0);
    expect(copied).toBeGreaterThan(stopped);
  });

  test('and a copy that did not end well switches nothing', async () => {
    expect((await move(['qdrant-cluster'], 1)).failure).toContain('nothing was switched');
    expect((await move([], 0)).failure).toContain('--migrate goes with the overlay qdrant-cluster');
  });
});

test('a docker that is ended is let go of, even by what it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'docker-'));
  const before = process.env['PATH'];
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho $$\nsleep 1 &\necho $!\nwait\n', { mode: 0o755 });
  process.env['PATH'] = `${folder}:${before}`;
  try {
    const ending = new AbortController();
    const run = onThePath(['compose', 'up'], { signal: ending.signal });
    setTimeout(() => ending.abort(), 50);
    await expect(run).rejects.toThrow('ended');
  } finally {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true });
  }
});
