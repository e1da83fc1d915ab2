import type { Problem } from '../_kernel/http/problem.ts';
import type { ErrorResponse } from './contract.ts';

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** What a field of a query is called here; a map, because a caller's field may be called `__proto__`. */
const PARAMETERS = new Map([
  ['question', 'messages'],
  ['collection', 'model'],
  ['maxAnswerTokens', 'max_tokens'],
]);

/** A refusal in OpenAI's words ("Error codes"): every wrong field stands in the message, the first of them in `param`. */
export function refusalOf({ status, code, detail, errors = [] }: Problem): ErrorResponse {
  const said = errors.map(({ path, message }) => `${path === '' ? 'the body' : path} ${message}`).join('; ');
  const message = said === '' ? detail : `${detail} ${said}.`;
  const noModel = code === 'collection_not_found';
  const path = errors[0]?.path ?? '';
  const param = noModel ? 'model' : path === '' ? null : (PARAMETERS.get(path) ?? path);
  return {
    error: {
      message: noModel ? 'There is no such model: a model is a collection, and GET /v1/models lists yours.' : message,
      type: typeOf(status),
      param,
      code: noModel ? 'model_not_found' : code,
    },
  };
}
