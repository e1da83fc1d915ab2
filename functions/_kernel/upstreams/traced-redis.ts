import type { Trace } from '../telemetry/trace.ts';
import type { Redis } from './redis.ts';

/**
 * A Redis with a span for each exchange, named after its command, or as a pipeline of several; no key is told, for keys name tenants.
 *
 * Source: OpenTelemetry's semantic conventions for Redis.
 */
export function tracedRedis(redis: Redis, trace: Pick<Trace, 'begin'>, address: string): Redis {
  const { hostname } = new URL(address);
  return {
    ...redis,
    async send(commands, options) {
      const operation = commands.length === 1 ? String(commands[0]![0]) : 'PIPELINE';
      const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation, 'server.address': hostname };
      const span = trace.begin(`redis ${operation}`, attributes);
      try {
        const replies = await redis.send(commands, options);
        span.end({ failed: false });
        return replies;
      } catch (error) {
        span.end({ failed: true, attributes: { 'error.type': 'connection' } });
        throw error;
      }
    },
  };
}
