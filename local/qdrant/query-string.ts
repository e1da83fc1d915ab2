import { QdrantError } from './errors.ts';

const refuse = (problem: string): QdrantError => new QdrantError(400, `Deserialize error in query parameters: ${problem}`);

/** What each parameter of a query string may be, and the words for anything else (`update.rs`, `read_params.rs`). */
const PARAMETERS: Record<string, { is: RegExp; otherwise: (given: string) => string }> = {
  timeout: { is: /^\d+$/, otherwise: () => 'invalid digit found in string' },
  wait: { is: /^(?:true|false)$/, otherwise: () => 'provided string was not `true` or `false`' },
  ordering: {
    is: /^(?:weak|medium|strong)$/,
    otherwise: (given) => `unknown variant \`${given}\`, expected one of \`weak\`, \`medium\`, \`strong\``,
  },
  consistency: {
    is: /^(?:|[1-9]\d*|all|majority|quorum)$/,
    otherwise: (given) => `failed to deserialize read consistency query parameter value '${given}'`,
  },
};

/** Refuses, with 400, a query string whose values are not of their types; parameters that nobody knows are passed over. */
export function checkQueryString(query: URLSearchParams): void {
  for (const [key, { is, otherwise }] of Object.entries(PARAMETERS)) {
    const given = query.get(key);
    if (given !== null && !is.test(given)) throw refuse(otherwise(given));
  }
}

/** A read's `timeout` in seconds, null for the server's own; 400 for 0. */
export function readTimeout(query: URLSearchParams): number | null {
  const given = query.get('timeout');
  if (given !== null && Number(given) === 0) throw refuse('invalid value: integer `0`, expected a nonzero u64');
  return given === null ? null : Number(given);
}
