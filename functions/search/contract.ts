import * as z from 'zod/mini';
import { degraded, hit, queryText, searchFields, searchMode } from '../_kernel/http/fields.ts';

/** Body of `POST /search`. */
export const searchRequest = z.strictObject({ query: queryText, ...searchFields });
export type SearchRequest = z.infer<typeof searchRequest>;

/** A number in a query string; what it may be is checked with the body's contract afterwards. */
const number = z.optional(
  z.pipe(
    z.string().check(z.regex(/^-?\d{1,9}(\.\d{1,9})?$/, { error: 'must be a number in digits, such as 5 or 0.3' })),
    z.transform(Number),
  ),
);

/** Query string of `GET /search`: the same fields, `q` for `query`, without a filter. */
export const searchParameters = z.pipe(
  z.strictObject({
    q: queryText,
    collection: z.optional(z.string()),
    limit: number,
    mode: z.optional(z.string()),
    scoreThreshold: number,
    diversity: number,
    maxPerDocument: number,
  }),
  z.transform(({ q, ...rest }) => ({ query: q, ...rest })),
);

/** 200 of both. */
export const searchResponse = z.object({
  query: z.string(),
  collection: z.string(),
  mode: searchMode,
  hits: z.array(hit),
  degraded: z.array(degraded),
  timings: z.object({ embedMs: z.number(), searchMs: z.number(), totalMs: z.number() }),
});
export type SearchResponse = z.infer<typeof searchResponse>;
