import * as fc from 'fast-check';

// Requests made of an OpenAPI document: as it allows them, nearly so, and nothing like it.

type Json = Record<string, unknown>;
type Parameter = { name: string; in: string; required?: boolean; schema: Json; $ref?: string };
type Described = {
  operationId: string;
  parameters: Parameter[];
  servers?: { url: string }[];
  requestBody?: { content: Record<string, { schema: Json }> };
};
export type OpenApi = { paths: Record<string, Record<string, Described>>; components: Record<string, Record<string, unknown>> };

/** A value that was sent, and the schema that says whether it is allowed. */
export type Judged = { schema: Json; value: unknown };

/** A generated request; `judged` is what decides whether it is well formed: its JSON body, or without a body its parameters. */
export type Generated = {
  operation: { id: string; path: string; method: string };
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  judged: readonly Judged[];
  /** Where the path begins, when that is not where those of the service's own operations do. */
  base: string | undefined;
  as: { tenant: string; roles: string; token?: string | null };
  /** Whether nothing but what is judged may be wrong. */
  ordinary: boolean;
};

/** What is in the world already, so that requests find something. */
const COLLECTIONS = ['default', 'handbook', 'absent'];
const DOCUMENTS = ['leave.md', 'pay.md', 'absent.md', 'a/b c?.md'];

const words = fc.constantFrom(
  'leave',
  'How many days of leave?',
  'pay 25',
  'Ünïcode 漢字 😀',
  '"quoted" -minus',
  'a'.repeat(300),
  '\u0000',
  ' x ',
);
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '',
    ' ',
    null,
    true,
    -1,
    0,
    1e308,
    -0.5,
    2 ** 53,
    [],
    {},
    [[]],
    '../..',
    '%00',
    "' OR 1=1",
    '{{7*7}}',
    'x'.repeat(20_000),
  ),
  fc.constantFrom<unknown>(
    { __proto__: null, constructor: 1 },
    JSON.parse('{"__proto__":{"admin":true}}'),
    '\ud800',
    '\uffff',
    '1e999',
    'NaN',
  ),
);

function resolve(document: OpenApi, schema: Json): Json {
  if (typeof schema['$ref'] !== 'string') return schema;
  const found = schema['$ref']
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Json)[key], document);
  return { ...(found as Json), ...Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$ref')) };
}

/** Values that a schema allows. */
function valid(document: OpenApi, given: Json, name = ''): fc.Arbitrary<unknown> {
  const schema = resolve(document, given);
  if (name === 'collection' || (name === 'name' && schema['pattern'] !== undefined))
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...COLLECTIONS) }, fc.stringMatching(new RegExp(String(schema['pattern']))));
  if (name === 'id') return fc.constantFrom(...DOCUMENTS);
  if (name === 'embeddingModel') return fc.constantFrom('emulated-embed', 'absent-model');
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (choices !== undefined) return fc.oneof(...choices.map((one) => valid(document, one)));
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const types = Array.isArray(schema['type']) ? (schema['type'] as string[]) : [schema['type'] as string];
  return fc.oneof(...types.map((type) => ofType(document, schema, type)));
}

function ofType(document: OpenApi, schema: Json, type: string): fc.Arbitrary<unknown> {
  const low = schema['minimum'] as number | undefined;
  const high = schema['maximum'] as number | undefined;
  if (type === 'integer') return fc.integer({ min: low ?? -1000, max: Math.min(high ?? 1000, 2000) });
  if (type === 'number') return fc.double({ min: low ?? -1e6, max: high ?? 1e6, noNaN: true });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') {
    const min = (schema['minItems'] as number | undefined) ?? 0;
    return fc.array(valid(document, (schema['items'] ?? {}) as Json), { minLength: min, maxLength: Math.max(min, 3) });
  }
  if (type === 'object') return objects(document, schema);
  if (schema['format'] === 'uuid') return fc.uuid();
  const pattern = schema['pattern'] as string | undefined;
  if (pattern !== undefined && pattern !== '\\S') return fc.stringMatching(new RegExp(pattern));
  return words;
}

function objects(document: OpenApi, schema: Json): fc.Arbitrary<unknown> {
  const properties = schema['properties'] as Record<string, Json> | undefined;
  if (properties === undefined) {
    const values = valid(document, (schema['additionalProperties'] ?? { type: 'string' }) as Json);
    const keys = fc.oneof(fc.constantFrom('lang', 'year', '__proto__', 'constructor'), fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/));
    return fc
      .array(fc.tuple(keys, values), { maxLength: 3 })
      .map(
        (pairs) =>
          JSON.parse(
            `{${[...new Map(pairs)].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
          ) as unknown,
      );
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valid(document, one, name)]));
  return fc.record(fields, { requiredKeys: (schema['required'] ?? []) as string[], noNullPrototype: true });
}

/** A value with one thing about it changed: a field gone, added, renamed or of another kind. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return hostile;
  const keys = Object.keys(value);
  const copy = (change: (into: Json) => void): unknown => {
    const made = structuredClone(value) as Json;
    change(made);
    return made;
  };
  const some = keys.length === 0 ? ['x'] : keys;
  return fc.oneof(
    fc.constantFrom(...some).map((key) => copy((into) => void delete into[key])),
    fc
      .tuple(fc.constantFrom('extra', 'Query', 'limit ', 'constructor'), hostile)
      .map(([key, what]) => copy((into) => void (into[key] = what))),
    fc.tuple(fc.constantFrom(...some), hostile).map(([key, what]) => copy((into) => void (into[key] = what))),
    fc.constantFrom(...some).chain((key) => damaged((value as Json)[key]).map((what) => copy((into) => void (into[key] = what)))),
  );
}

/** A parameter's text as its schema means it. */
function meant({ type }: Json, text: string): unknown {
  if ((type === 'integer' || type === 'number') && /^-?\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const GARBAGE = [
  '',
  '{',
  '[]',
  'null',
  '"a"',
  '{"query":1e999}',
  '{"a":1,"a":2}',
  '\u0000',
  '--x\r\n\r\n',
  '{"query":"\\ud800"}',
  '['.repeat(5000),
];
const TYPES = [
  'text/html',
  'application/xml',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  '/',
  'application/pdf',
  '',
];

type Sent = { body: string | null; json?: Judged; type: string | null };

const BOUNDARY = 'generated-boundary';
const FILE_NAMES = ['leave.md', 'pay.txt', 'table.csv', 'rows.jsonl', 'broken.pdf', 'picture.png', '.', '..md', 'a/b c?.html'];

/** A form as browsers write it (RFC 7578), with files and fields as they may be and not. */
const forms: fc.Arbitrary<Sent> = fc
  .record({
    files: fc.array(fc.tuple(fc.constantFrom(...FILE_NAMES), words), { maxLength: 3 }),
    fields: fc.array(fc.tuple(fc.constantFrom('collection', 'language', 'extra'), fc.constantFrom('handbook', 'en', 'No!', '')), {
      maxLength: 2,
    }),
  })
  .map(({ files, fields }): Sent => {
    const part = (disposition: string, text: string) =>
      `--${BOUNDARY}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${text}\r\n`;
    const parts = [
      ...fields.map(([name, value]) => part(`name="${name}"`, value)),
      ...files.map(([name, text]) => part(`name="file"; filename="${name}"`, text)),
    ];
    return { body: `${parts.join('')}--${BOUNDARY}--\r\n`, type: `multipart/form-data; boundary=${BOUNDARY}` };
  });

function bodies(document: OpenApi, { requestBody }: Described): fc.Arbitrary<Sent> {
  if (requestBody === undefined) return fc.constant({ body: null, type: null });
  const { schema } = requestBody.content['application/json']!;
  const asJson = (value: unknown): Sent => ({ body: JSON.stringify(value) ?? 'null', json: { schema, value }, type: 'application/json' });
  const sound = valid(document, schema);
  const raw = Object.keys(requestBody.content).filter((type) => !['application/json', 'multipart/form-data'].includes(type));
  return fc.oneof(
    { weight: 6, arbitrary: sound.map(asJson) },
    { weight: 6, arbitrary: sound.chain(damaged).map(asJson) },
    { weight: 2, arbitrary: hostile.map(asJson) },
    { weight: 1, arbitrary: fc.constantFrom(...GARBAGE).map((body): Sent => ({ body, type: 'application/json' })) },
    {
      weight: 1,
      arbitrary: fc.tuple(sound, fc.constantFrom(...TYPES)).map(([value, type]): Sent => ({ body: JSON.stringify(value), type })),
    },
    ...(raw.length === 0
      ? []
      : [
          { weight: 2, arbitrary: fc.tuple(words, fc.constantFrom(...raw)).map(([body, type]): Sent => ({ body, type })) },
          { weight: 2, arbitrary: forms },
        ]),
  );
}

const CALLERS: Generated['as'][] = [
  { tenant: 'ann', roles: '' },
  { tenant: 'ann', roles: 'reader' },
  { tenant: 'ann', roles: 'writer' },
  { tenant: '', roles: 'reader,writer,admin' },
  { tenant: 'ann', roles: 'reader,writer,admin', token: null },
  { tenant: 'ann', roles: 'reader,writer,admin', token: 'wrong' },
  { tenant: 'ann', roles: 'READER; admin' },
];
const EVERYTHING: Generated['as'] = { tenant: 'ann', roles: 'reader,writer,admin' };
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const HEADERS = ['x-request-id', 'idempotency-key', 'traceparent', 'accept'];
const headerText = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
  fc.constantFrom('text/event-stream', 'a b', '\u00e9', '*/*', 'x'.repeat(2000)),
);

/** Requests to every operation of a document. @param only the ids of the operations to ask; null all. */
export function requests(document: OpenApi, only: readonly string[] | null = null): fc.Arbitrary<Generated> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method: method.toUpperCase(), described })),
  );
  const wanted = all.filter(({ described }) => only === null || only.includes(described.operationId));
  return fc.constantFrom(...wanted).chain(({ path, method, described }) => {
    const own = described.parameters.filter(({ $ref }) => $ref === undefined);
    const inPath = own
      .filter((one) => one.in === 'path')
      .map(({ name, schema }) =>
        fc
          .oneof({ weight: 6, arbitrary: valid(document, schema, name) }, { weight: 1, arbitrary: hostile })
          .map((value) => [name, textOf(value)] as const),
      );
    const inQuery = own
      .filter((one) => one.in === 'query')
      .map(({ name, schema, required }) => {
        // A wait is held; a short one is held long enough.
        const sound = name === 'wait' ? fc.integer({ min: 0, max: 50 }) : valid(document, schema, name);
        const given = fc
          .oneof({ weight: 8, arbitrary: sound }, { weight: 1, arbitrary: name === 'wait' ? fc.constantFrom('x', -1, 1e9, '') : hostile })
          .map((value) => [[name, textOf(value)] as const]);
        return required === true ? given : fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: given });
      });
    const odd = fc.oneof(
      { weight: 12, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('extra', 'q', 'limit', '__proto__'), words).map((pair) => [pair]) },
    );
    const parts = fc.record({
      fill: fc.tuple(...inPath),
      query: fc.tuple(...inQuery, odd),
      sent: bodies(document, described),
      method: fc.oneof({ weight: 15, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) }),
      tail: fc.oneof(
        { weight: 20, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('/', '/x', '//', '/../..', ';a=b', '%2F') },
      ),
      headers: fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 2, noNullPrototype: true }),
      as: fc.oneof({ weight: 12, arbitrary: fc.constant(EVERYTHING) }, { weight: 1, arbitrary: fc.constantFrom(...CALLERS) }),
    });
    const judgeParameters = (given: readonly (readonly [string, string])[]): Judged[] =>
      described.requestBody !== undefined
        ? []
        : given.flatMap(([name, text]) => {
            const schema = own.find((one) => one.name === name)?.schema;
            return schema === undefined ? [] : [{ schema, value: meant(schema, text) }];
          });
    return parts.map(({ fill, query, sent, method: verb, tail, headers, as }): Generated => {
      const filled = fill.reduce(
        (text, [name, value]) => text.replace(`{${name}}`, () => encodeURIComponent(value.toWellFormed()) || '%20'),
        path,
      );
      const given = query.flat();
      const isOdd = query.at(-1)!.length > 0;
      const pairs = given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`);
      const bodiless = verb === 'GET' || verb === 'HEAD';
      const body = bodiless ? null : sent.body;
      return {
        operation: { id: described.operationId, path, method },
        method: verb,
        path: `${filled}${tail}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
        headers: {
          ...(path === '/mcp' && { accept: 'application/json, text/event-stream' }),
          ...headers,
          ...(body !== null && sent.type !== null && { 'content-type': sent.type }),
        },
        body,
        judged: [...(body !== null && sent.json !== undefined ? [sent.json] : []), ...judgeParameters([...fill, ...given])],
        base: described.servers?.[0]?.url,
        as,
        ordinary:
          verb === method &&
          tail === '' &&
          as === EVERYTHING &&
          !isOdd &&
          (described.requestBody === undefined || pairs.length === 0) &&
          headers['idempotency-key'] === undefined,
      };
    });
  });
}
