import type { Credential } from '../credential.ts';
import type { SearchInput } from '../types.ts';

type Condition = NonNullable<NonNullable<SearchInput['filter']>['must']>[number];

/** A row of the filter: a condition on one key of the metadata. */
export type Row = { key: string; relation: Relation; value: string };
export type Relation = 'is' | 'is one of' | 'is not' | 'at least' | 'at most';
export const RELATIONS: readonly Relation[] = ['is', 'is one of', 'is not', 'at least', 'at most'];

/** What is asked of a search, as the form holds it. */
export type Form = {
  query: string;
  mode: 'hybrid' | 'dense' | 'sparse';
  limit: number;
  diversity: number;
  /** 0 is no bound. */
  maxPerDocument: number;
  rows: Row[];
};
export const EMPTY: Form = { query: '', mode: 'hybrid', limit: 10, diversity: 0, maxPerDocument: 0, rows: [] };

type Scalar = string | number | boolean;

/** A value as it was meant: a number or a truth value where it reads as one, and text in quotes or without. */
export function scalarOf(text: string): Scalar {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed);
  return /^"[^"]*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

function conditionOf({ key, relation, value }: Row): Condition {
  if (relation === 'is one of') return { key, any: value.split(',').map(scalarOf) };
  if (relation === 'at least') return { key, range: { gte: Number(value) } };
  if (relation === 'at most') return { key, range: { lte: Number(value) } };
  return { key, match: scalarOf(value) };
}

/** What is wrong with a row, for whoever fills it in; null when it can be sent, or is not written yet. */
export function faultOf({ key, relation, value }: Row): string | null {
  if (key.trim() === '' || value.trim() === '') return null;
  const isBound = relation === 'at least' || relation === 'at most';
  if (isBound && !Number.isFinite(Number(value))) return `“${relation}” takes a number, and ${value.trim()} is none.`;
  if (relation === 'is one of' && value.split(',').some((one) => one.trim() === '')) return 'There is a comma too many.';
  return null;
}

/** The body of the request: what is as usual is left out, so that it says what is special. */
export function bodyOf({ query, mode, limit, diversity, maxPerDocument, rows }: Form, collection: string): SearchInput {
  const complete = rows
    .map((row) => ({ ...row, key: row.key.trim() }))
    .filter((row) => row.key !== '' && row.value.trim() !== '' && faultOf(row) === null);
  const must = complete.filter(({ relation }) => relation !== 'is not').map(conditionOf);
  const mustNot = complete.filter(({ relation }) => relation === 'is not').map(conditionOf);
  return {
    query,
    collection,
    limit,
    ...(mode !== 'hybrid' && { mode }),
    ...(complete.length > 0 && { filter: { ...(must.length > 0 && { must }), ...(mustNot.length > 0 && { mustNot }) } }),
    ...(diversity > 0 && { diversity }),
    ...(maxPerDocument > 0 && { maxPerDocument }),
  };
}

/** The request for a shell. The credential is a variable: what is copied may be shown to anyone. */
export function asCurl(gatewayUrl: string, body: SearchInput, kind: Credential['kind']): string {
  return `curl -s ${gatewayUrl}/api/v1/rag/search \\
  -H "${kind === 'key' ? 'apikey: $API_KEY' : 'authorization: Bearer $TOKEN'}" -H 'content-type: application/json' \\
  -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`;
}

/** The request with the project's client. */
export function asCode(gatewayUrl: string, body: SearchInput, kind: Credential['kind']): string {
  const credential = kind === 'key' ? 'apiKey: process.env.API_KEY!' : 'token: process.env.TOKEN!';
  return `import { createClient } from 'rag-service/client';

const rag = createClient({ url: '${gatewayUrl}', ${credential} });
const { hits } = await rag.search(${JSON.stringify(body, null, 2)});`;
}
