import * as z from 'zod/mini';
import * as chat from '../../functions/chat/contract.ts';
import * as collections from '../../functions/collections/contract.ts';
import * as fields from '../../functions/_kernel/http/fields.ts';
import * as ingest from '../../functions/ingest/contract.ts';
import * as query from '../../functions/query/contract.ts';
import * as search from '../../functions/search/contract.ts';
import * as status from '../../functions/status/contract.ts';
import { languageTag } from './operations/shared.ts';
import type { JsonSchema } from './operation.ts';
import { tidy } from './schema.ts';
import { WORDS } from './words.ts';

/** The contracts' schemas by the names they have in the document: what is sent, as it may be written. */
export const REQUESTS: Readonly<Record<string, z.ZodMiniType>> = {
  Filter: fields.filter,
  SearchRequest: search.searchRequest,
  QueryRequest: query.queryRequest,
  IngestRequest: ingest.ingestRequest,
  ReindexRequest: ingest.reindexRequest,
  CreateCollectionRequest: collections.createRequest,
  SteerRequest: status.steerRequest,
  ChatRequest: chat.chatRequest,
};

/** And what is answered, field for field. */
export const RESPONSES: Readonly<Record<string, z.ZodMiniType>> = {
  Metadata: fields.metadata,
  Degraded: fields.degraded,
  Hit: fields.hit,
  SearchResponse: search.searchResponse,
  Citation: query.citation,
  QueryResponse: query.queryResponse,
  QueryMeta: query.queryMeta,
  QueryToken: query.queryToken,
  Job: ingest.jobResponse,
  JobList: ingest.jobListResponse,
  Fingerprint: collections.fingerprint,
  Collection: collections.collectionResponse,
  CollectionList: collections.collectionListResponse,
  DocumentSummary: collections.documentSummary,
  DocumentList: collections.documentListResponse,
  Document: collections.documentResponse,
  DocumentDeleted: collections.documentDeletedResponse,
  Health: status.healthResponse,
  Breaker: status.breakerView,
  Status: status.statusResponse,
  ChatAnnotation: chat.annotation,
  ChatCompletion: chat.completion,
  ChatCompletionChunk: chat.completionChunk,
  Model: chat.model,
  ModelList: chat.modelList,
  ChatError: chat.errorResponse,
};

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Source: https://zod.dev/json-schema; refinements (`z.refine`) have no counterpart there. */
const NOT_BLANK: JsonSchema = { pattern: '\\S' };
/** What a refinement means in JSON Schema, by the field it is of. */
export const REFINED = new Map<string, JsonSchema>([
  ['SearchRequest.query', NOT_BLANK],
  ['QueryRequest.question', NOT_BLANK],
  ['CreateCollectionRequest.embeddingModel', NOT_BLANK],
  ['IngestRequest.documents.language', languageTag],
  ['IngestRequest.documents.id', { not: { enum: ['.', '..'] } }],
  ['IngestRequest.documents.text', NOT_BLANK],
  ['IngestRequest.documents.metadata', { maxProperties: 64, allOf: [{ propertyNames: { not: { const: '__proto__' } } }] }],
]);

function describe(at: string, schema: JsonSchema): void {
  tidy(schema);
  const properties = schema['properties'];
  if (isSchema(properties))
    for (const [key, inner] of Object.entries(properties)) {
      if (!isSchema(inner)) continue;
      const path = `${at}.${key}`;
      if (WORDS[path] !== undefined) inner['description'] = WORDS[path];
      Object.assign(inner, REFINED.get(path));
      describe(path, inner);
    }
  for (const key of ['items', 'additionalProperties', 'propertyNames'] as const)
    if (isSchema(schema[key])) describe(key === 'items' ? at : `${at}.*`, schema[key]);
  for (const one of Array.isArray(schema['anyOf']) ? schema['anyOf'] : []) if (isSchema(one)) describe(at, one);
}

function named(schemas: Readonly<Record<string, z.ZodMiniType>>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas as Record<string, JsonSchema>;
  for (const [name, schema] of Object.entries(made)) {
    describe(name, schema);
    if (WORDS[name] !== undefined) schema['description'] = WORDS[name];
  }
  return made;
}

/** Every named schema as JSON Schema 2020-12, with its fields described. @param requests, responses replace the contracts' own in tests. */
export function namedSchemas(requests = REQUESTS, responses = RESPONSES): Record<string, JsonSchema> {
  return { ...named(requests, 'input'), ...named(responses, 'output') };
}
