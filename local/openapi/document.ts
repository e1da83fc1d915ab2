import { EXAMPLES } from './examples.ts';
import { CODES, problemName, problemSchema } from './failures.ts';
import { gatewayError } from './gateway.ts';
import { BASE, type Answer, type Content, type JsonSchema, type Operation, type Parameter } from './operation.ts';
import { OPERATIONS, TAGS } from './operations.ts';
import { jsonRpcRefusal } from './operations/mcp.ts';
import { contentOf, refusalsOf, type Refusal } from './refusals.ts';
import { schemaOf } from './schema.ts';
import { namedSchemas } from './schemas.ts';

const reference = (name: string, kind = 'schemas') => ({ $ref: `#/components/${kind}/${name}` });

function content({ of, example }: Content): JsonSchema {
  if (typeof of !== 'string') return { schema: of, ...(example !== undefined && { example }) };
  const shown = example ?? EXAMPLES[of];
  return { schema: reference(of), ...(shown !== undefined && { example: shown }) };
}

/** Server-sent events as JSON Schema can say them: text of this media type, whose events are each one of these. */
function streamContent({ events, example }: NonNullable<Answer['stream']>): JsonSchema {
  const isNamed = !Array.isArray(events);
  const shapes = isNamed
    ? Object.entries(events).map(([event, of]) => ({
        type: 'object',
        properties: { event: { const: event }, data: reference(of as string) },
        required: ['event', 'data'],
      }))
    : events.map((of: string | JsonSchema) => ({
        type: 'object',
        properties: { data: typeof of === 'string' ? reference(of) : of },
        required: ['data'],
      }));
  const names = isNamed ? 'Events, each with a name and JSON as its data' : 'Events without names';
  const schema = {
    type: 'string',
    description: `${names}; comments (\`: heartbeat\`) may stand between them.`,
    contentMediaType: 'text/event-stream',
    contentSchema: isNamed ? { oneOf: shapes } : { anyOf: shapes },
  };
  return { schema, example };
}

const requestId = { 'X-Request-ID': reference('RequestId', 'headers') };

function success({ description, content: body, stream, location }: Answer, refused: Refusal | undefined): JsonSchema {
  const own: JsonSchema = {
    ...(body !== undefined && { [body.type ?? 'application/json']: content(body) }),
    ...(stream !== undefined && { 'text/event-stream': streamContent(stream) }),
  };
  for (const way of refused?.ways ?? []) {
    const before = own[way.type] as { schema: JsonSchema; example?: unknown } | undefined;
    const answer = before === undefined ? [] : [{ type: way.type, schema: before.schema, examples: { answer: before.example } }];
    Object.assign(own, contentOf([...answer, way]));
  }
  return {
    description: refused === undefined ? description : `${description} Or ${refused.description}`,
    headers: { ...requestId, ...(location && { Location: reference('Location', 'headers') }) },
    ...(Object.keys(own).length > 0 && { content: own }),
  };
}

function headersOf(status: number): JsonSchema {
  return {
    ...requestId,
    ...((status === 429 || status === 503) && { 'Retry-After': reference('RetryAfter', 'headers') }),
    ...(status === 405 && { Allow: reference('Allow', 'headers') }),
  };
}

/** An operation's answers; refusals that several operations share stand once among the components, in `shared`. */
function responsesOf(operation: Operation, shared: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const refusals = new Map(refusalsOf(operation).map((one) => [one.status, one]));
  for (const [status, answer] of Object.entries(operation.answers)) {
    // An answer and a refusal may share the status: health's 503 is an answer, and the gateway may be the one that says it.
    const refused = refusals.get(Number(status));
    found[status] = success(answer, refused);
    if (refused !== undefined) refusals.delete(Number(status));
  }
  for (const [status, { name, description, ways }] of refusals) {
    shared[name] = { description, headers: headersOf(status), content: contentOf(ways) };
    found[status] = reference(name, 'responses');
  }
  return Object.fromEntries(Object.entries(found).toSorted(([one], [other]) => Number(one) - Number(other)));
}

const parameterOf = ({ name, in: place, schema, description, required = false }: Parameter): JsonSchema => ({
  name,
  in: place,
  required,
  description,
  schema: schemaOf(schema),
});

function operationOf(operation: Operation, shared: Record<string, JsonSchema>): JsonSchema {
  const { id, tag, base = BASE, summary, description, role, parameters, body } = operation;
  return {
    ...(base !== BASE && { servers: [{ url: base, description: 'Behind the same gateway.' }] }),
    operationId: id,
    tags: [tag],
    summary,
    description: role === null ? description : `${description}\n\nNeeds the role \`${role}\`.`,
    security: role === null ? [] : [{ key: [role] }, { bearer: [role] }],
    parameters: [...parameters.map(parameterOf), reference('RequestId', 'parameters'), reference('Traceparent', 'parameters')],
    ...(body !== undefined && {
      requestBody: {
        required: body.required,
        description: `At most ${body.limitBytes / 1_048_576} MiB.`,
        content: Object.fromEntries(Object.entries(body.content).map(([type, one]) => [type, content(one)])),
      },
    }),
    responses: responsesOf(operation, shared),
  };
}

const text = (description: string, schema: JsonSchema = { type: 'string' }) => ({ description, schema });

/**
 * The service as an OpenAPI 3.1 document, made of the contracts and of the table of operations; the same input makes the same bytes.
 *
 * Source: OpenAPI Specification 3.1.1; RFC 9457 for problems.
 * @param version of the service. @param schemas replace the contracts' own, in tests.
 */
export function openApiDocument(version: string, schemas = namedSchemas(), operations = OPERATIONS): JsonSchema {
  const responses: Record<string, JsonSchema> = {};
  const paths: Record<string, JsonSchema> = {};
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = operationOf(operation, responses);
  const problems = Object.fromEntries(CODES.map((code) => [problemName(code), problemSchema(code)]));
  const Problem = { description: 'Any problem (RFC 9457).', oneOf: CODES.map((code) => reference(problemName(code))) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'RAG service',
      version,
      summary: 'Answers with citations from your own documents, by your own models.',
      description: ABOUT,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: BASE, description: 'Behind the gateway that this document comes from.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ key: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'apikey', description: 'A key; `x-api-key` is read as well.' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token that says its issuer (`iss`) and end (`exp`).',
        },
      },
      parameters: {
        RequestId: {
          name: 'X-Request-ID',
          in: 'header',
          ...text('Kept as the request’s id.', { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' }),
        },
        Traceparent: {
          name: 'traceparent',
          in: 'header',
          ...text('W3C trace context; continued to every dependency, with the tracestate beside it (up to 512 characters).'),
        },
      },
      headers: {
        RequestId: text('Finds the request in the log.'),
        Location: text('Where it can be looked at.'),
        RetryAfter: text('Seconds until it is worth asking again, at least 1; a 503 of the gateway itself has none.', {
          type: 'string',
          pattern: '^[1-9][0-9]*$',
        }),
        Allow: text('The methods that this path answers.'),
      },
      schemas: { ...schemas, Problem, ...problems, GatewayError: gatewayError, JsonRpcRefusal: jsonRpcRefusal },
      responses,
    },
  };
}

const ABOUT = `Every request goes through the gateway, with a key or a token. A caller sees its own tenant’s collections, documents and jobs; those of others do not exist for it.

Unknown fields of a body, and parameters that there are not, are an error (400), so that a typo never passes silently. Durations end in \`Ms\`; offsets and lengths of texts count UTF-16 code units.

Failures of the service are problems (RFC 9457, \`application/problem+json\`) with a stable \`code\`. The gateway’s own refusals have its own bodies, below \`/v1\` as well: a \`message\`, and no code. 429, and 503 of the service, carry \`Retry-After\`, in seconds. A line of a request’s head may have 8 KiB: a longer question than fits a URL is sent by POST.

Every answer says in \`degraded\` what it had to do without.

\`POST /api/v1/rag/mcp\` speaks the Model Context Protocol, and what is below \`/v1\` OpenAI’s: there a refusal is in that protocol’s words, with the same codes.`;
