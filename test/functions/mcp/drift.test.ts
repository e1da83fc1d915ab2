import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { ingestRequest } from '../../../functions/ingest/contract.ts';
import { documentArguments, ingestArguments, queryArguments, searchArguments } from '../../../functions/mcp/contract.ts';
import { queryRequest } from '../../../functions/query/contract.ts';
import { searchRequest } from '../../../functions/search/contract.ts';

// The tools take what the operations take; whoever changes a contract finds here which tool no longer agrees with it.

type Schema = { properties: Record<string, object>; required?: string[] };
const bare = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'description' ? undefined : inner))) as unknown;
const schemaOf = (schema: z.ZodMiniType): Schema => bare(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) as Schema;
/** What of a tool's arguments is not as the operation has it. */
function differences(tool: Schema, operation: Schema): string[] {
  return Object.keys(tool.properties).filter(
    (name) => JSON.stringify(tool.properties[name]) !== JSON.stringify(operation.properties[name]),
  );
}

test('search takes exactly the body of POST /search', () => {
  expect(schemaOf(searchArguments)).toEqual(schemaOf(searchRequest));
});

test('query takes fields of POST /query as they are there, and all that it needs', () => {
  expect(differences(schemaOf(queryArguments), schemaOf(queryRequest))).toEqual([]);
  expect(schemaOf(queryArguments).required).toEqual(schemaOf(queryRequest).required);
});

test('ingest_text takes fields of a document of POST /ingest', () => {
  const items = (schemaOf(ingestRequest).properties['documents'] as { items: Schema }).items;
  const { collection: _, ...fields } = schemaOf(ingestArguments).properties;
  expect(Object.keys(fields).filter((name) => !(name in items.properties))).toEqual([]);
  expect(schemaOf(ingestArguments).required).toEqual(items.required);
});

test('a contract that changes is seen', () => {
  const changed = z.extend(searchRequest, { limit: z.string() });
  expect(differences(schemaOf(searchArguments), schemaOf(changed))).toEqual(['limit']);
  const grown = z.extend(searchRequest, { colour: z.string() });
  expect(schemaOf(searchArguments)).not.toEqual(schemaOf(grown));
});

test('a model is told what each field is for that it must fill in', () => {
  for (const schema of [searchArguments, queryArguments, documentArguments, ingestArguments]) {
    const { properties, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
    for (const name of required) expect(properties[name], name).toHaveProperty('description');
  }
});
