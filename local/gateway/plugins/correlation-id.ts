import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Exchange } from '../exchange.ts';
import { setField, setOut, variableOf } from '../http/fields.ts';
import { plugin } from '../plugin.ts';

const schema = z.strictObject({
  header_name: z.string().min(1).default('Kong-Request-ID'),
  generator: z.enum(['uuid', 'uuid#counter', 'tracker']).default('uuid#counter'),
  echo_downstream: z.boolean().default(false),
});

const worker = randomUUID();
let counter = 0;
let connections = 0;
const connectionOf = new WeakMap<object, { serial: number; requests: number }>();

/** Where and when: address, port, process, connection, request on it, and the time. */
function track({ request }: Exchange, now: number): string {
  const { socket } = request;
  let connection = connectionOf.get(socket);
  if (connection === undefined) {
    connections += 1;
    connection = { serial: connections, requests: 0 };
    connectionOf.set(socket, connection);
  }
  connection.requests += 1;
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
  return `${address}-${socket.localPort}-${process.pid}-${connection.serial}-${connection.requests}-${(now / 1000).toFixed(3)}`;
}

/** Gives every request an id, unless the client brought one: that is kept unchecked, as in Kong. */
export const correlationId = plugin({
  name: 'correlation-id',
  priority: 100_001,
  perConsumer: true,
  schema,
  handlers({ header_name: name, generator, echo_downstream: echo }, _scope, { now }) {
    const key = name.toLowerCase();
    const ids = new WeakMap<Exchange, string>();
    const generate = (exchange: Exchange): string => {
      if (generator === 'uuid') return randomUUID();
      if (generator === 'tracker') return track(exchange, now());
      counter += 1;
      return `${worker}#${counter}`;
    };
    return {
      access(exchange) {
        let id = variableOf(exchange.headers, key);
        if (id === undefined || id === '') {
          id = generate(exchange);
          setField(exchange.headers, name, id);
        }
        if (echo) ids.set(exchange, id);
      },
      headerFilter(exchange) {
        if (!echo) return;
        const id = ids.get(exchange) ?? variableOf(exchange.headers, key);
        setOut(exchange.out, name, id === undefined || id === '' ? generate(exchange) : id);
      },
    };
  },
});
