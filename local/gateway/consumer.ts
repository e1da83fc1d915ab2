import type { Config, Consumer, Credential } from './config/entities.ts';
import type { Exchange } from './exchange.ts';
import type { Answer } from './http/answer.ts';
import { removeField, setField } from './http/fields.ts';

function setOrClear(exchange: Exchange, name: string, value: string | null): void {
  if (value === null) removeField(exchange.headers, name.toLowerCase());
  else setField(exchange.headers, name, value);
}

/**
 * Lets the request go on as this consumer, and tells the service so in Kong's headers.
 *
 * Without a credential the consumer is the anonymous one. Source: `set_consumer` of Kong's key-auth and jwt plugins.
 */
export function identify(exchange: Exchange, consumer: Consumer, credential: Credential | null): void {
  exchange.consumer = consumer;
  exchange.credential = credential;
  setOrClear(exchange, 'X-Consumer-ID', consumer.id);
  setOrClear(exchange, 'X-Consumer-Custom-ID', consumer.customId);
  setOrClear(exchange, 'X-Consumer-Username', consumer.username);
  setOrClear(exchange, 'X-Credential-Identifier', credential?.identifier ?? null);
  setOrClear(exchange, 'X-Anonymous-Consumer', credential === null ? 'true' : null);
}

/**
 * Lets an authentication plugin decide on a request; what it answers ends the request, unless an anonymous consumer may go on instead.
 *
 * With an anonymous consumer one plugin that knows the caller is enough. Source: `access` of Kong's key-auth and jwt plugins.
 */
export function authenticated(
  exchange: Exchange,
  how: { anonymous: Consumer | null; onPreflight: boolean; authenticate(exchange: Exchange): Answer | null },
): Answer | undefined {
  const { anonymous, onPreflight, authenticate } = how;
  if (!onPreflight && exchange.method === 'OPTIONS') return undefined;
  if (anonymous === null) return authenticate(exchange) ?? undefined;
  if (exchange.credential === null && authenticate(exchange) !== null) identify(exchange, anonymous, null);
  return undefined;
}

/** The consumer that `anonymous` names by id or username; throws when the file has none. */
export function anonymousOf(config: Config, name: string | null): Consumer | null {
  if (name === null || name === '') return null;
  const consumer = config.consumers.find((each) => each.id === name || each.username === name);
  if (consumer === undefined) throw new Error(`anonymous: there is no consumer ${name}`);
  return consumer;
}
