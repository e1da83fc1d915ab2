import { readFileSync } from 'node:fs';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { OPTIONAL_SECRETS, SECRETS, TUNING, type WranglerFile } from '../../compose/deploy/plan.ts';
import { readEnv } from '../../functions/_kernel/env.ts';
import { ROOT } from '../../local/bundle.ts';

// What the functions read can be set wherever they run, and is explained in one place.

/** The names that the functions look for, apart from bindings, as they look for them. */
function variables(): string[] {
  const asked = new Set<string>();
  const spy = new Proxy({}, { get: (_, key) => void asked.add(String(key)), has: (_, key) => (asked.add(String(key)), false) });
  expect(() => readEnv(spy)).toThrow('the configuration is not usable');
  return [...asked].filter((name) => /^[A-Z]/.test(name) && !/^SELF$|_FUNCTION$/.test(name));
}

const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const compose = parse(read('compose/compose.yaml'), { merge: true }) as { services: { functions: { environment: object } } };
const wrangler = parseToml(read('wrangler.toml')) as unknown as WranglerFile;
/** Fixed in containers: where their neighbours are. */
const NEIGHBOURS = ['QDRANT_URL', 'REDIS_URL', 'OLLAMA_URL'];

test('the functions do read variables', () => expect(variables().length).toBeGreaterThan(12));

describe.each(variables())('%s', (name) => {
  test('can be set in containers', () => {
    const value = (compose.services.functions.environment as Record<string, string>)[name];
    if (NEIGHBOURS.includes(name)) expect(value).toMatch(/^\w+:\/\/\w+:\d+$/);
    else expect(value).toMatch(new RegExp(`^\\$\\{${name}:[-?]`));
  });

  test('can be set at the edge, secrets as secrets', () => {
    const inFile = Object.keys(wrangler.env['search']!.vars!);
    expect([...inFile, ...TUNING, ...SECRETS, ...OPTIONAL_SECRETS]).toContain(name);
  });

  test('is explained in .env.example', () => {
    expect(read('.env.example')).toMatch(new RegExp(`^#?${name}=`, 'm'));
  });
});
