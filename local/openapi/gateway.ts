import type { JsonSchema, Operation } from './operation.ts';

/**
 * What Kong itself says, by status; its bodies are its own and have no code.
 *
 * 400 and 414 are nginx's, of a request that Kong never saw: a head of more than 8 KiB a line, or a path that cannot be read.
 * Source: Kong 3.9, kong/pdk/response.lua, kong/error_handlers.lua and its plugins.
 */
export const GATEWAY_SAYS: Readonly<Record<number, string>> = {
  400: 'Request header or cookie too large',
  401: 'Unauthorized',
  403: 'You cannot consume this service',
  404: 'no Route matched with those values',
  413: 'Request size limit exceeded',
  414: 'URI too long',
  429: 'API rate limit exceeded',
  502: 'An invalid response was received from the upstream server',
  503: 'failure to get a peer from the ring-balancer',
  504: 'The upstream server is timing out',
};

export const gatewayError: JsonSchema = {
  type: 'object',
  description: 'What the gateway answers itself, before or instead of a function; as text, HTML or XML where `Accept` asks for these.',
  properties: {
    message: { type: 'string', description: 'A sentence for people.' },
    request_id: { type: 'string', description: 'The gateway’s own id of the request.' },
  },
  required: ['message'],
};

export const gatewayExample = (status: number) => ({ message: GATEWAY_SAYS[status], request_id: '8a5b1c7f3d2e4a60b9d8c7e6f5a4b3c2' });

/** The statuses with which the gateway can refuse an operation. */
export function gatewayStatuses({ role, body }: Operation): number[] {
  return [400, ...(role === null ? [] : [401, 403]), 404, 414, ...(body === undefined ? [] : [413]), 429, 502, 503, 504];
}
