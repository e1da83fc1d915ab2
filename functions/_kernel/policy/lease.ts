import { UpstreamFault } from '../failure.ts';
import type { Redis } from '../upstreams/redis.ts';

// A lease is a key with an owner and an expiry: whoever finds none may take it. Redis manual, "Distributed locks with Redis".

/**
 * Holds on to the lease, or lets go of it, unless another owner has it. A lease that is gone (Redis was away, or lost it) is taken
 * again. KEYS[1]; ARGV owner, value or '' to release, milliseconds.
 */
const UNLESS_ANOTHERS = `local held=redis.call('GET',KEYS[1])
if held and string.sub(held,1,#ARGV[1])~=ARGV[1] then return 0 end
if ARGV[2]=='' then redis.call('DEL',KEYS[1]) else redis.call('SET',KEYS[1],ARGV[2],'PX',ARGV[3]) end
return 1`;

export type Held = { by: 'nobody' | 'somebody' | 'unknown'; note: string | null };

export type Leases = {
  /** True when the lease is now ours; also true when Redis is away, because what is done under it is idempotent. */
  take(name: string): Promise<boolean>;
  /** Prolongs our lease and leaves a note with it; false when another one holds it now. */
  keep(name: string, note: string | null): Promise<boolean>;
  release(name: string): Promise<void>;
  look(name: string): Promise<Held>;
  /** Those of the names that somebody holds, in one exchange; null when Redis is away. */
  held(names: readonly string[]): Promise<ReadonlySet<string> | null>;
};

/**
 * Leases in Redis, held by one owner token per invocation.
 *
 * Key `lease:{rag}:<name>`, a string `<owner> <note>`, expires after `leaseMs`; losing it costs work done twice, never wrong.
 */
export function createLeases(redis: Redis, options: { owner: string; leaseMs: number; timeoutMs: number }): Leases {
  const { owner, leaseMs, timeoutMs } = options;
  const key = (name: string) => `lease:{rag}:${name}`;
  const value = (note: string | null) => `${owner} ${note ?? ''}`;
  async function ask<T>(command: (string | number)[], read: (reply: unknown) => T, away: T): Promise<T> {
    try {
      const [reply] = await redis.send([command], { timeoutMs });
      return reply instanceof Error ? away : read(reply);
    } catch (error) {
      if (error instanceof UpstreamFault) return away;
      throw error;
    }
  }
  const unlessAnothers = (name: string, next: string) =>
    ask(['EVAL', UNLESS_ANOTHERS, 1, key(name), owner, next, leaseMs], (reply) => reply === 1, true);
  return {
    take: (name) => ask(['SET', key(name), value(null), 'NX', 'PX', leaseMs], (reply) => reply === 'OK', true),
    keep: (name, note) => unlessAnothers(name, value(note)),
    release: async (name) => void (await unlessAnothers(name, '')),
    look: (name) =>
      ask<Held>(
        ['GET', key(name)],
        (reply) =>
          typeof reply === 'string' ? { by: 'somebody', note: reply.slice(reply.indexOf(' ') + 1) || null } : { by: 'nobody', note: null },
        { by: 'unknown', note: null },
      ),
    held: async (names) =>
      names.length === 0
        ? new Set()
        : ask<ReadonlySet<string> | null>(
            ['MGET', ...names.map(key)],
            (reply) => (Array.isArray(reply) ? new Set(names.filter((_, i) => reply[i] !== null)) : null),
            null,
          ),
  };
}
