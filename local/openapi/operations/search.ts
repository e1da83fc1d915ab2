import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import { searchParameters, searchRequest } from '../../../functions/search/contract.ts';
import type { Operation, Parameter } from '../operation.ts';
import { UPSTREAM } from './shared.ts';
import { schemaOf } from '../schema.ts';
import { REFINED } from '../schemas.ts';
import { WORDS } from '../words.ts';

/** The body's fields in a query string: `q` stands for `query`, and there is no filter. */
const parameters = Object.keys(searchParameters.def.in.shape).map((name): Parameter => {
  const field = name === 'q' ? 'query' : (name as keyof typeof searchRequest.shape);
  if (!(field in searchRequest.shape)) throw new Error(`GET /search takes ${name}, which the body of POST /search does not have.`);
  const description = WORDS[`SearchRequest.${field}`] ?? '';
  const schema = { ...schemaOf(searchRequest.shape[field]), ...REFINED.get(`SearchRequest.${field}`) };
  return { name, in: 'query', schema, description, required: field === 'query' };
});

const common = {
  function: 'search',
  path: '/search',
  tag: 'search',
  role: 'reader',
  codes: ['query_too_long', 'collection_not_found', 'index_mismatch', ...UPSTREAM],
  answers: { 200: { description: 'The best passages, best first.', content: { of: 'SearchResponse' } } },
} as const;

export const searchOperations: readonly Operation[] = [
  {
    ...common,
    id: 'search',
    method: 'post',
    summary: 'Search a collection',
    description:
      'Finds the passages that speak of a question, by meaning and by words. The first k hits of a longer list are the hits of a shorter one. When the embedding model is away, words alone are searched, and `degraded` says so.',
    parameters: [],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'SearchRequest' } } },
  },
  {
    ...common,
    id: 'searchByUrl',
    method: 'get',
    summary: 'Search with everything in the URL',
    description: 'The same search for a browser or a shell; a filter needs the body of POST.',
    parameters,
  },
];
