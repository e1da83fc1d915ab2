/** One command: its name and arguments, sent as RESP bulk strings. */
export type Command = readonly (string | number)[];
/** What Redis answers: RESP2 types as plain values; an error reply is a value, so that one failed command of a pipeline hides no other. */
export type Reply = string | number | null | Reply[] | RedisError;

/** An error reply of Redis (`-NOSCRIPT …`); the connection itself is sound. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

/**
 * A connection to Redis: `cloudflare:sockets` in a Worker (one per invocation), pooled `ioredis` on Node.
 *
 * `send` writes all commands in one round trip and resolves with one reply each. It rejects with
 * `UpstreamFault('redis', …)` when there is no connection or no answer within `timeoutMs` (default: as it was opened).
 */
export interface Redis {
  send(commands: readonly Command[], options?: { timeoutMs?: number }): Promise<Reply[]>;
  /** Closes what this handle opened; harmless to repeat. On Node a no-op: the pool outlives the request. */
  close(): Promise<void>;
}
