import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embedPieces, type Piece } from '../../../functions/ingest/embed.ts';
import { Failure, UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';

const pieceOf = (text: string, start = 0): Piece => ({ start, end: start + text.length, text, context: '' });
const pieces = (count: number): Piece[] => Array.from({ length: count }, (_, i) => pieceOf(`text ${i}`, i * 10));

/** A model that refuses some texts, as the guard hands its refusals on; counts its calls. */
function model(refuses: (text: string) => Fault | null, down = false) {
  let calls = 0;
  let streak = 0;
  let longestStreak = 0;
  return {
    calls: () => calls,
    longestStreak: () => longestStreak,
    passages: async (texts: string[]) => {
      calls++;
      const fault = down ? ({ kind: 'status', status: 500 } as const) : (texts.map(refuses).find((one) => one !== null) ?? null);
      if (fault === null) {
        streak = 0;
        return texts.map((text) => [text.length]);
      }
      const cause = new UpstreamFault('ollama_embedding', fault);
      if (fault.kind === 'input_too_long') throw cause;
      longestStreak = Math.max(longestStreak, ++streak);
      throw new Failure({ code: 'dependency_unavailable', dependency: 'ollama_embedding', breaker: 'closed', retryAfterMs: 1000 }, cause);
    },
  };
}

describe('one passage that the model will not have', () => {
  const faults: Fault[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 400 },
    { kind: 'bad_embedding', why: 'non_finite' },
  ];

  it.each(faults)('is found in at most 2·log₂N + 1 more calls, and the rest is embedded: $kind', async (fault) => {
    for (const count of [1, 2, 8, 32, 33]) {
      for (let bad = 0; bad < count; bad++) {
        const ollama = model((text) => (text === `text ${bad}` ? fault : null));
        const result = await embedPieces(ollama, pieces(count));
        expect(result.filter((one) => 'refused' in one).map(({ piece }) => piece.text)).toEqual([`text ${bad}`]);
        expect(result.filter((one) => 'dense' in one)).toHaveLength(count - 1);
        expect(ollama.calls() - 1, `${bad} of ${count}`).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 1);
        expect(ollama.longestStreak(), 'consecutive faults').toBeLessThan(5);
      }
    }
  });

  it('several of them are all found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(31), { maxLength: 6 }), async (bad) => {
        const names = new Set(bad.map((i) => `text ${i}`));
        const result = await embedPieces(
          model((text) => (names.has(text) ? faults[0]! : null)),
          pieces(32),
        );
        expect(new Set(result.filter((one) => 'refused' in one).map(({ piece }) => piece.text))).toEqual(names);
        expect(result).toHaveLength(32);
      }),
      { numRuns: 50 },
    );
  });

  it('a model that is down is not taken for a bad passage', async () => {
    const ollama = model(() => null, true);
    await expect(embedPieces(ollama, pieces(32))).rejects.toMatchObject({ reason: { code: 'dependency_unavailable' } });
    expect(ollama.calls()).toBeLessThan(6);
    await expect(
      embedPieces(
        model(() => null, true),
        pieces(1),
      ),
    ).rejects.toMatchObject({ reason: { code: 'dependency_unavailable' } });
  });

  it('an open breaker is passed on at once', async () => {
    let calls = 0;
    const passages = async () => {
      calls++;
      throw new Failure({ code: 'dependency_unavailable', dependency: 'ollama_embedding', breaker: 'open', retryAfterMs: 1000 });
    };
    await expect(embedPieces({ passages }, pieces(8))).rejects.toMatchObject({ reason: { breaker: 'open' } });
    expect(calls).toBe(1);
  });
});

describe('a passage that is too long for the model', () => {
  it('is cut until it fits; the cuts are its exact slices, in order, and lose nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2_000 }),
        fc.integer({ min: 130, max: 600 }),
        async (text, limit) => {
          const ollama = model((one) => (one.length > limit ? { kind: 'input_too_long' } : null));
          const result = await embedPieces(ollama, [pieceOf(text, 7)]);
          const cut = result.map(({ piece }) => piece);
          expect(cut.map((one) => one.text).join('')).toBe(text);
          for (const one of cut) expect(text.slice(one.start - 7, one.end - 7)).toBe(one.text);
          for (const one of cut) expect(one.text.isWellFormed(), one.text).toBe(true);
          expect(result.every((one) => 'dense' in one)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('one that no cut makes fit is refused and named, not tried for ever', async () => {
    const ollama = model((text) => (text.includes('x') ? { kind: 'input_too_long' } : null));
    const result = await embedPieces(ollama, [pieceOf('x'.repeat(400))]);
    expect(result.every((one) => 'refused' in one && one.refused === 'too long')).toBe(true);
    expect(ollama.calls()).toBeLessThan(40);
  });
});
