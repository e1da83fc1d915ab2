import * as z from 'zod';
import { exit, type Answer } from '../http/answer.ts';
import { valueOf } from '../http/fields.ts';
import { parseQuery } from '../http/query.ts';
import { plugin } from '../plugin.ts';

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'Not found',
  405: 'Method not allowed',
  500: 'An unexpected error occurred',
  502: 'Bad Gateway',
  503: 'Service unavailable',
};

const schema = z
  .strictObject({
    status_code: z.int().min(100).max(599).default(503),
    message: z.string().nullish(),
    content_type: z.string().nullish(),
    body: z.string().nullish(),
    echo: z.literal(false, 'is not built: this gateway does not echo requests').default(false),
    trigger: z.string().nullish(),
  })
  .refine(({ message, content_type: type, body }) => !(message && (type || body)), 'message cannot be used with content_type or body')
  .refine(({ content_type: type, body }) => !type || body, 'content_type requires a body');

/** Answers in the service's stead: always, or when a header or argument named `trigger` is there. */
export const requestTermination = plugin({
  name: 'request-termination',
  priority: 2,
  perConsumer: true,
  schema,
  handlers({ status_code: status, message, content_type: type, body, trigger }) {
    const text = message ?? MESSAGES[status];
    const headers: Answer['headers'] = type ? [['Content-Type', type]] : [];
    const answer: Answer = body ? { status, body, headers } : exit(status, text === undefined ? undefined : { message: text });
    return {
      access(exchange) {
        if (!trigger) return answer;
        const shown = valueOf(exchange.headers, trigger.toLowerCase()) !== undefined || parseQuery(exchange.query).has(trigger);
        return shown ? answer : undefined;
      },
    };
  },
});
