import { describe, expect, test } from 'vitest';
import { addressLines } from '../../local/addresses.ts';
import { newsLine, readableLine } from '../../local/log-line.ts';

const at = new Date(2026, 0, 2, 3, 4, 5);
const entry = {
  time: at.toISOString(),
  level: 'info',
  fn: 'search',
  method: 'GET',
  route: '/api/v1/rag/search',
  status: 200,
  ms: 8,
  requestId: '5f40a57b-0000',
  tenant: 'developer',
};

describe('a request is one line', () => {
  test('time of day, function, request, status, duration, and the beginning of its id', () => {
    expect(readableLine(JSON.stringify(entry))).toBe('03:04:05 search GET /api/v1/rag/search 200 8 ms 5f40a57b');
  });

  test('with what it had to do without, and no empty list', () => {
    expect(readableLine(JSON.stringify({ ...entry, degraded: ['redis_unavailable:local_breakers'], retries: [] }))).toBe(
      '03:04:05 search GET /api/v1/rag/search 200 8 ms degraded=redis_unavailable:local_breakers 5f40a57b',
    );
  });

  test('an error shows its frames below', () => {
    expect(readableLine(JSON.stringify({ ...entry, status: 500, error: 'TypeError', stack: ['at a (x.js:1:1)', 'at b'] }))).toMatch(
      / 500 8 ms error=TypeError 5f40a57b \n {4}at a \(x\.js:1:1\)\n {4}at b$/,
    );
  });

  test('what is no JSON is shown as it is', () => expect(readableLine('workerd says hello')).toBe('workerd says hello'));
});

describe('an edit', () => {
  const served = { kind: 'served', functions: ['search'], ms: 312.4 } as const;
  const refused = { kind: 'refused', functions: ['search', 'query'], problem: 'functions/_kernel/env.ts:3:1: Expected ";"' } as const;

  test('for a person: what is served and how soon; what is wrong, and that the version before goes on', () => {
    expect(newsLine(served, at, true)).toBe('03:04:05 search: your edit is served, 312 ms after it was written');
    expect(newsLine(refused, at, true)).toBe(
      'functions/_kernel/env.ts:3:1: Expected ";"\n03:04:05 search, query: the version before goes on\n',
    );
  });

  test('elsewhere it is one JSON line', () => {
    expect(JSON.parse(newsLine(refused, at, false))).toEqual({ time: at.toISOString(), in: 'reload', ...refused });
  });
});

test('the start says every address and what stands there, and no password', () => {
  const url = 'http://127.0.0.1:1234';
  const faults = { set: async () => {}, clear: async () => {}, current: () => ({ mode: 'up' as const }) };
  const lines = addressLines(
    {
      url: 'http://127.0.0.1:8000',
      gateway: 'local',
      redis: { url: 'redis://:sesame@10.0.0.1:6379', faults: null },
      qdrant: { url, faults },
      ollama: { url, faults },
      functions: { search: 'http://127.0.0.1:4001', query: 'http://127.0.0.1:4002' },
      models: { embedding: 'emulated-embed', generation: 'emulated-extract' },
      dashboard: 'http://localhost:3103',
    },
    url,
    (text) => text,
  );
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['dashboard', 'http://localhost:3103', expect.stringContaining('API_KEY')],
    ['gateway', 'http://127.0.0.1:8000', expect.stringContaining('kong.yml')],
    ['qdrant', url, expect.stringContaining('stand-in')],
    ['ollama', url, expect.stringContaining('without weights: emulated-embed, emulated-extract')],
    ['redis', 'redis://:***@10.0.0.1:6379', 'your own'],
    ['control', url, expect.stringContaining('fault')],
    ['functions', 'http://127.0.0.1', expect.stringContaining('search 4001, query 4002')],
  ]);
});
