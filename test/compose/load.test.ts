import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../load/drive.ts';
import { fill } from '../load/library.ts';
import { broken } from '../load/report.ts';
import { SCENARIOS, type Scenario } from '../load/scenarios.ts';

// What a load run is judged by: ten searches a second, whose outcomes a test chooses by the second.

type Answer = Pick<Sample, 'outcome' | 'lack'> & { ms?: number };
const whole: Answer = { outcome: 'success', lack: '' };
const degraded: Answer = { outcome: 'degraded', lack: 'embedding_unavailable:sparse_only' };
const unavailable: Answer = { outcome: 'unavailable', lack: '' };
const judge = (scenario: Scenario, seconds: number, answer: (second: number) => Answer): string[] =>
  broken(
    Array.from({ length: seconds * 10 }, (_, i) => ({ name: 'search', at: i * 100, ms: 20, status: 200, ...answer(i / 10) })),
    scenario,
  );

describe.each([
  ['outage', degraded],
  ['blackout', unavailable],
])('%s of a minute, from second 20 to second 40', (name, lacking) => {
  const run = (answer: (second: number) => Answer) => judge(SCENARIOS[name]!(50, 60), 60, answer);
  const lackingFrom = (from: number, to: number) => (second: number) => (second >= from && second < to ? lacking : whole);

  test('passes when answers are whole before and again soon after', () => {
    expect(run(lackingFrom(20, 52))).toEqual([]);
  });

  test('does not pass when they never are again', () => {
    expect(run(lackingFrom(20, 60))).toEqual([expect.stringMatching(/^recovery: .* not whole again in the 20 s that were left/)]);
  });

  test('does not pass when something is missing before', () => {
    expect(run((second) => (second === 5 ? lacking : lackingFrom(20, 50)(second)))).toEqual([expect.stringMatching(/^before: /)]);
  });

  test('does not pass when it is slow afterwards', () => {
    expect(run((second) => (second < 50 ? lackingFrom(20, 50)(second) : { ...whole, ms: 1_200 }))).toEqual([
      expect.stringMatching(/^after: searches: p99 is 1200 ms/),
    ]);
  });

  test('does not pass with an error meanwhile', () => {
    expect(run((second) => (second === 30 ? { outcome: 'error', lack: '' } : lackingFrom(20, 50)(second)))).toEqual([
      expect.stringMatching(/^meanwhile: error/),
    ]);
  });

  test('a Redis that is late for once is not this outage', () => {
    const late: Answer = { outcome: 'degraded', lack: 'redis_unavailable:local_breakers' };
    expect(run((second) => (second === 5 || second === 58 ? late : lackingFrom(20, 50)(second)))).toEqual([]);
  });
});

test('an outage does not pass when it takes longer than the breakers', () => {
  expect(judge(SCENARIOS['outage']!(50, 150), 150, (second) => (second >= 50 && second < 140 ? degraded : whole))).toEqual([
    expect.stringMatching(/^recovery: .* whole again after 40\.0 s; 35 s are allowed/),
  ]);
});

test('a soak does not pass when it grows slower with time', () => {
  const soak = (last: number) => judge(SCENARIOS['soak']!(1, 100), 100, (second) => ({ ...whole, ms: second < 75 ? 20 : last }));
  expect(soak(39)).toEqual([]);
  expect(soak(60)).toEqual(['it grew slower: searches took 60 ms in the last quarter, 20 ms in the first (medians)']);
});

describe('what is there to be asked about', () => {
  const answering = async (answers: [status: number, body: object][], work: (url: string) => Promise<void>) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${String(request.headers['apikey'])}`);
      const [status, body] = answers.shift()!;
      response.writeHead(status).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
    }
    return asked;
  };

  test('is ingested for every key of a deployment', async () => {
    const done: [number, object] = [200, { jobId: 'j', state: 'succeeded' }];
    expect((await answering([done, done], (url) => fill(url, ['a', 'b']))).toSorted()).toEqual(
      ['a', 'b'].map((key) => `POST /api/v1/rag/ingest?wait=30000 ${key}`),
    );
  });

  test('or the run says why it is not, before it begins', async () => {
    await expect(answering([[403, { code: 'role_missing' }]], (url) => fill(url, ['a']))).rejects.toThrow(
      'the library could not be ingested (a key needs the roles reader and writer): 403 {"code":"role_missing"}',
    );
  });
});
