import { collectionName } from '../../../functions/_kernel/http/fields.ts';
import { LANGUAGE_CODES } from '../../../functions/_kernel/retrieval/languages.ts';
import type { Code, JsonSchema, Parameter } from '../operation.ts';

/** What every operation can answer that needs Qdrant or Ollama. */
export const UPSTREAM: readonly Code[] = ['dependency_unavailable', 'deadline_exceeded'];

export const collectionInPath: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  schema: collectionName,
  description: 'The collection’s name.',
};

export const documentInPath: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The document’s id, percent-encoded: a slash in it is %2F.',
};

export const jobInPath: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The jobId that ingestion answered with.',
};

/** A BCP 47 tag of a language that can be named, with a region or not. */
export const languageTag: JsonSchema = { type: 'string', pattern: `^(?:${LANGUAGE_CODES.join('|')})(?:[-_][A-Za-z0-9]{1,8})*$` };
