import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../functions/_kernel/failure.ts';
import { reasonCode, transient, verdict, type Verdict } from '../../../functions/_kernel/policy/verdict.ts';

type Row = [fault: Fault, verdict: Verdict, transient: boolean, reason: string];

const status = (code: number): Fault => ({ kind: 'status', status: code });

const TABLE: Row[] = [
  [{ kind: 'timeout', phase: 'first_byte' }, 'fault', false, 'timeout first_byte'],
  [{ kind: 'timeout', phase: 'idle' }, 'fault', false, 'timeout idle'],
  [{ kind: 'timeout', phase: 'total' }, 'fault', false, 'timeout total'],
  [{ kind: 'connection' }, 'fault', true, 'connection'],
  [{ kind: 'stream_error' }, 'fault', false, 'stream_error'],
  [{ kind: 'stream_cut' }, 'fault', true, 'stream_cut'],
  [{ kind: 'bad_embedding', why: 'non_finite' }, 'fault', false, 'bad_embedding non_finite'],
  [{ kind: 'bad_embedding', why: 'wrong_dimension' }, 'fault', false, 'bad_embedding wrong_dimension'],
  [{ kind: 'bad_embedding', why: 'wrong_count' }, 'fault', false, 'bad_embedding wrong_count'],
  [{ kind: 'bad_answer' }, 'fault', false, 'bad_answer'],
  [status(408), 'fault', true, 'status 408'],
  [status(429), 'fault', true, 'status 429'],
  [status(500), 'fault', true, 'status 500'],
  [status(501), 'fault', false, 'status 501'],
  [status(502), 'fault', true, 'status 502'],
  [status(503), 'fault', true, 'status 503'],
  [status(504), 'fault', true, 'status 504'],
  [status(507), 'fault', false, 'status 507'],
  [status(599), 'fault', false, 'status 599'],
  [status(302), 'ours', false, 'status 302'],
  [status(400), 'ours', false, 'status 400'],
  [status(401), 'ours', false, 'status 401'],
  [status(403), 'ours', false, 'status 403'],
  [status(404), 'ours', false, 'status 404'],
  [status(409), 'ours', false, 'status 409'],
  [status(413), 'ours', false, 'status 413'],
  [status(422), 'ours', false, 'status 422'],
  [{ kind: 'model_missing', model: 'absent' }, 'ours', false, 'model_missing'],
  [{ kind: 'input_too_long' }, 'ours', false, 'input_too_long'],
  [{ kind: 'caller_left' }, 'inconclusive', false, 'caller_left'],
];

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom(...TABLE.map(([fault]) => fault)),
  fc.record({ kind: fc.constant('status' as const), status: fc.oneof(fc.integer(), fc.double()) }),
  fc.record({ kind: fc.constant('model_missing' as const), model: fc.string() }),
);

describe('what an outcome says about a dependency', () => {
  it.each(TABLE)('%o is %s', (fault, expected, retried, reason) => {
    expect(verdict(fault)).toBe(expected);
    expect(transient(fault)).toBe(retried);
    expect(reasonCode(fault)).toBe(reason);
  });

  it.each(['first_byte', 'idle', 'total'] as const)(
    'a %s deadline that was the caller’s, or a loading model’s, says nothing about the dependency',
    (phase) => {
      expect(verdict({ kind: 'timeout', phase }, 'caller')).toBe('inconclusive');
      expect(verdict({ kind: 'timeout', phase }, 'cold_load')).toBe('inconclusive');
    },
  );

  it('every fault has a verdict, and only faults are retried', () => {
    fc.assert(
      fc.property(anyFault, (fault) => {
        expect(['fault', 'inconclusive', 'ours']).toContain(verdict(fault));
        if (transient(fault)) expect(verdict(fault)).toBe('fault');
      }),
    );
  });

  it('a deadline’s owner changes the verdict on time-outs only', () => {
    fc.assert(
      fc.property(anyFault, fc.constantFrom('caller' as const, 'cold_load' as const), (fault, owner) => {
        if (fault.kind !== 'timeout') expect(verdict(fault, owner)).toBe(verdict(fault));
      }),
    );
  });

  it('a status counts exactly when it is 408, 429 or 5xx', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (code) => {
        const counts = code === 408 || code === 429 || code >= 500;
        expect(verdict(status(code))).toBe(counts ? 'fault' : 'ours');
      }),
    );
  });

  it('the reason is a short code without anything an upstream could have written', () => {
    fc.assert(
      fc.property(anyFault, (fault) => {
        expect(reasonCode(fault)).toMatch(/^[a-z_]+( [a-z0-9_]+)?$/);
      }),
    );
  });
});
