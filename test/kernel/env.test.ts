import { expect, test } from 'vitest';
import { EnvError, readEnv } from '../../functions/_kernel/env.ts';

const GOOD = {
  SERVICE_TOKEN: 'x'.repeat(32),
  QDRANT_URL: 'http://qdrant:6333',
  OLLAMA_URL: 'https://ollama.example/prefix',
  REDIS_URL: 'rediss://user:secret@redis:6380/2',
  OLLAMA_EMBEDDING_MODEL: 'nomic-embed-text',
  OLLAMA_GENERATION_MODEL: 'llama3.2',
};
const problemOf = (source: unknown): string => {
  try {
    readEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
};

test('what is absent or empty and may be so is null, and defaults are filled in', () => {
  expect(readEnv({ ...GOOD, SERVICE_TOKEN_PREVIOUS: '', PATH: '/usr/bin' })).toMatchObject({
    ...GOOD,
    SERVICE_TOKEN_PREVIOUS: null,
    METRICS_TOKEN: null,
    QDRANT_API_KEY: null,
    OLLAMA_NUM_CTX: 4096,
    CACHE_TTL_SECONDS: 3_600,
    SELF: null,
  });
  expect(readEnv({ ...GOOD, CACHE_TTL_SECONDS: '0' }).CACHE_TTL_SECONDS).toBe(0);
});

test('every bad key is named at once, missing ones as missing', () => {
  const message = problemOf({ SERVICE_TOKEN: 'short', QDRANT_URL: 'qdrant:6333', REDIS_URL: 'http://redis', OLLAMA_NUM_CTX: '12' });
  for (const key of ['SERVICE_TOKEN', 'QDRANT_URL', 'REDIS_URL', 'OLLAMA_NUM_CTX']) expect(message).toMatch(new RegExp(`${key} must`));
  for (const key of ['OLLAMA_URL', 'OLLAMA_EMBEDDING_MODEL', 'OLLAMA_GENERATION_MODEL']) expect(message).toContain(`${key} is missing`);
});

test('no value is repeated', () => {
  const message = problemOf({ ...GOOD, SERVICE_TOKEN: 'hunter2', SERVICE_TOKEN_PREVIOUS: 'swordfish', QDRANT_URL: 'ftp://me:pw@host' });
  expect(message).not.toMatch(/hunter2|swordfish|me:pw|ftp/);
});

test.each(['SERVICE_TOKEN', 'SERVICE_TOKEN_PREVIOUS', 'METRICS_TOKEN'])(
  '%s: 31 bytes are refused with how to make a good one, 32 are not',
  (key) => {
    expect(problemOf({ ...GOOD, [key]: 'x'.repeat(31) })).toMatch(new RegExp(`${key} must be at least 32 bytes.*openssl rand -hex 32`));
    expect(() => readEnv({ ...GOOD, [key]: 'x'.repeat(32) })).not.toThrow();
    expect(() => readEnv({ ...GOOD, [key]: 'é'.repeat(16) }), 'bytes, not characters').not.toThrow();
  },
);

test.each([
  ['QDRANT_URL', 'redis://x'],
  ['OLLAMA_URL', 'localhost:11434'],
  ['REDIS_URL', 'https://x'],
  ['REDIS_URL', ''],
  ['OLLAMA_EMBEDDING_MODEL', ''],
  ['OLLAMA_NUM_CTX', '1023'],
  ['OLLAMA_NUM_CTX', '4k'],
  ['OLLAMA_NUM_CTX', '-4096'],
  ['CACHE_TTL_SECONDS', '1h'],
  ['CACHE_TTL_SECONDS', '-1'],
])('%s may not be %j', (key, value) => {
  expect(problemOf({ ...GOOD, [key]: value })).toContain(key);
});

test.each([[undefined], [null], ['text'], [7]])('%j is no configuration, and said so', (source) => {
  expect(problemOf(source)).toContain('no configuration');
});

test('a configuration is read once per object', () => {
  const source = { ...GOOD };
  expect(readEnv(source)).toBe(readEnv(source));
});
