import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as scripts from '../../../functions/_kernel/policy/scripts.ts';

const named = Object.entries(scripts as Record<string, scripts.Script>);

describe('the breaker’s Lua', () => {
  it.each(named)('%s is named by the SHA1 of its source', (_, script) => {
    expect(script.sha1).toBe(createHash('sha1').update(script.source).digest('hex'));
  });

  it.each(named)('%s hands no bare number to HSET, since servers print large ones in different ways', (_, { source }) => {
    const writes = source.split('\n').filter((line) => /HSET/.test(line));
    for (const line of writes) {
      const values = line.slice(line.indexOf('HSET'));
      expect(values).not.toMatch(/,'[gfunwa]',(?!i\(|0\b)/);
    }
  });
});
