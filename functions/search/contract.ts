import * as z from 'zod';
import { degraded, hit, queryText, searchFields, searchMode } from '../_kernel/http/fields.ts';

/** Body of `POST /search`. */
export const searchRequest = z.strictObject({ query: queryText, ...searchFields });
export type SearchRequest = z.infer<typeof searchRequest>;

const number = (name: string) =>
  z.string().transform((text, context) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    context.addIssue({ code: 'custom', message: `must be a number, such as ${name}=5` });
    return z.NEVER;
  });

/** Query string of `GET /search`: the same fields, `q` for `query`, without a filter. */
export const searchParameters = z
  .strictObject({
    q: queryText,
    collection: z.string().optional(),
    limit: number('limit').optional(),
    mode: z.string().optional(),
    scoreThreshold: number('scoreThreshold').optional(),
    diversity: number('diversity').optional(),
    maxPerDocument: number('maxPerDocument').optional(),
  })
  .transform(({ q, ...rest }) => ({ query: q, ...rest }));

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
