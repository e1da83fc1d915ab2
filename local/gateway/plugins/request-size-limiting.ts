import * as z from 'zod';
import { readBody } from '../http/body.ts';
import { refuse } from '../http/answer.ts';
import { valueOf, valuesOf } from '../http/fields.ts';
import { plugin } from '../plugin.ts';

const UNITS = { bytes: 1, kilobytes: 1024, megabytes: 1_048_576 } as const;
const schema = z.strictObject({
  allowed_payload_size: z.int().default(128),
  size_unit: z.enum(['megabytes', 'kilobytes', 'bytes']).default('megabytes'),
  require_content_length: z.boolean().default(false),
});

/** Refuses bodies over a size: by `Content-Length`, or by reading a body that declares none. */
export const requestSizeLimiting = plugin({
  name: 'request-size-limiting',
  priority: 951,
  perConsumer: true,
  schema,
  handlers({ allowed_payload_size: size, size_unit: unit, require_content_length: required }) {
    const limit = size * UNITS[unit];
    return {
      async access(exchange) {
        const { headers } = exchange;
        const declared = valueOf(headers, 'content-length');
        let length = declared === undefined ? Number.NaN : Number(declared);
        if (Number.isNaN(length)) {
          if (required && valuesOf(headers, 'transfer-encoding')[0] !== 'chunked') {
            return refuse(exchange, 411, 'A valid Content-Length header is required');
          }
          length = await readBody(exchange, limit);
        }
        if (length <= limit) return;
        const expects = valueOf(headers, 'expect')?.trim().toLowerCase() === '100-continue';
        return refuse(exchange, expects ? 417 : 413, 'Request size limit exceeded');
      },
    };
  },
});
