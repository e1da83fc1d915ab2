import * as z from 'zod/mini';
import type { JsonSchema } from './operation.ts';

/** Takes out of a schema what zod writes of any such schema; in place. */
export function tidy(schema: JsonSchema): void {
  delete schema['$schema'];
  delete schema['$id'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['format'] === 'uuid') delete schema['pattern'];
  // An object that takes further fields says so by saying nothing.
  const more = schema['additionalProperties'];
  if (schema['properties'] !== undefined && JSON.stringify(more) === '{}') delete schema['additionalProperties'];
  // A record of known keys is an object of these.
  const keys = (schema['propertyNames'] as JsonSchema | undefined)?.['enum'];
  if (Array.isArray(keys) && schema['required'] !== undefined) {
    schema['properties'] = Object.fromEntries(keys.map((key) => [key, structuredClone(schema['additionalProperties'])]));
    schema['additionalProperties'] = false;
    delete schema['propertyNames'];
  }
}

/** A schema without a name: a parameter's. */
export function schemaOf(schema: z.ZodMiniType | JsonSchema): JsonSchema {
  if (!('_zod' in schema)) return schema;
  const made = z.toJSONSchema(schema as z.ZodMiniType, { io: 'output' }) as JsonSchema;
  tidy(made);
  return made;
}
