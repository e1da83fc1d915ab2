import { nameOf, type Schema } from './document.ts';
import { markup, inline, type Html } from './html.ts';

const json = (value: unknown) => JSON.stringify(value);

/** A schema in a word or two, linked where it has a name. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = nameOf({ $ref: schema.$ref });
    return markup`<a href="#schema-${name}">${name}</a>`;
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return joined(either.map(typeOf));
  if (schema.const !== undefined) return markup`<code>${json(schema.const)}</code>`;
  if (schema.enum !== undefined) return joined(schema.enum.map((value) => markup`<code>${json(value)}</code>`));
  if (schema.items !== undefined) return markup`list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return markup`object of ${typeOf(schema.additionalProperties)}`;
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['anything']);
  return markup`${types.join(' | ')}${schema.format !== undefined && ` (${schema.format})`}`;
}

const joined = (parts: readonly Html[]) => markup`${parts.map((part, i) => markup`${i > 0 && ' | '}${part}`)}`;

const BOUNDS = [
  ['minimum', 'at least'],
  ['maximum', 'at most'],
  ['minLength', 'characters, at least'],
  ['maxLength', 'characters, at most'],
  ['minItems', 'items, at least'],
  ['maxItems', 'items, at most'],
] as const;

/** What else a value must be. */
export function bounds(schema: Schema): Html[] {
  const said = BOUNDS.flatMap(([key, words]) =>
    schema[key] === undefined ? [] : [markup`<span class="bound">${words} ${schema[key]}</span>`],
  );
  if (schema.pattern !== undefined) said.push(markup`<span class="bound">matches <code>${schema.pattern}</code></span>`);
  if (schema.default !== undefined) said.push(markup`<span class="bound">default <code>${json(schema.default)}</code></span>`);
  return said;
}

/** The object whose fields are worth a table of their own: the schema itself, or what its list is of. */
const inner = (schema: Schema): Schema | null => {
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined) return inner(schema.items);
  return null;
};

/** The fields of an object, and of the objects within it that have no name. */
export function fields(schema: Schema): Html {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const within = field.$ref === undefined ? inner(field) : null;
    return markup`<dt>
        <code class="name">${name}</code>
        <span class="type">${typeOf(field)}</span
        >${schema.required?.includes(name) === true && markup` <span class="required">required</span>`}
      </dt>
      <dd>${inline(field.description ?? '')} ${bounds(field)}${within !== null && fields(within)}</dd>`;
  });
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(({ properties }) => properties !== undefined);
  return markup`${rows.length > 0 && markup`<dl>${rows}</dl>`}${choices.map(
    (one) =>
      markup`<p class="or">one of</p>
        ${fields(one)}`,
  )}`;
}
