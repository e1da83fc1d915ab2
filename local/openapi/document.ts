import { EXAMPLES } from './examples.ts';
import { CODES, codesOf, problemName, problemSchema, sampleOf } from './failures.ts';
import { gatewayError, gatewayExample, GATEWAY_SAYS, gatewayStatuses } from './gateway.ts';
import { BASE, type Answer, type Code, type Content, type JsonSchema, type Operation, type Parameter } from './operation.ts';
import { OPERATIONS, TAGS } from './operations.ts';
import { schemaOf } from './schema.ts';
import { namedSchemas } from './schemas.ts';

const reference = (name: string, kind = 'schemas') => ({ $ref: `#/components/${kind}/${name}` });

function content({ of, example }: Content): JsonSchema {
  if (typeof of !== 'string') return { schema: of, ...(example !== undefined && { example }) };
  return { schema: reference(of), ...(EXAMPLES[of] !== undefined && { example: EXAMPLES[of] }) };
}

/** Server-sent events as JSON Schema can say them: text of this media type, whose events are each one of these. */
function streamContent({ events, example }: NonNullable<Answer['stream']>): JsonSchema {
  const shapes = Object.entries(events).map(([event, of]) => ({
    type: 'object',
    properties: { event: { const: event }, data: reference(of) },
    required: ['event', 'data'],
  }));
  const schema = {
    type: 'string',
    description: 'Events, each with a name and JSON as its data; comments (`: heartbeat`) may stand between them.',
    contentMediaType: 'text/event-stream',
    contentSchema: { oneOf: shapes },
  };
  return { schema, example };
}

const requestId = { 'X-Request-ID': reference('RequestId', 'headers') };

function success({ description, content: body, stream, location }: Answer): JsonSchema {
  const media = {
    ...(body !== undefined && { [body.type ?? 'application/json']: content(body) }),
    ...(stream !== undefined && { 'text/event-stream': streamContent(stream) }),
  };
  return {
    description,
    headers: { ...requestId, ...(location && { Location: reference('Location', 'headers') }) },
    ...(Object.keys(media).length > 0 && { content: media }),
  };
}

const gatewayRefusal = (status: number) => ({
  'application/json': { schema: reference('GatewayError'), example: gatewayExample(status) },
});

/** Every refusal of a status: its problems, and what the gateway says in its own words. */
function refusal(status: number, codes: readonly Code[], byGateway: boolean): JsonSchema {
  const schema = codes.length === 1 ? reference(problemName(codes[0]!)) : { oneOf: codes.map((code) => reference(problemName(code))) };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: sampleOf(code) }]));
  const headers = {
    ...requestId,
    ...((status === 429 || status === 503) && { 'Retry-After': reference('RetryAfter', 'headers') }),
    ...(status === 405 && { Allow: reference('Allow', 'headers') }),
  };
  const said = codes.map((code) => `${sampleOf(code).title} (\`${code}\`)`);
  return {
    description: `${[...said, ...(byGateway ? [`the gateway’s own: ${GATEWAY_SAYS[status]}`] : [])].join('; ')}.`,
    headers,
    content: { ...(codes.length > 0 && { 'application/problem+json': { schema, examples } }), ...(byGateway && gatewayRefusal(status)) },
  };
}

const pascal = (code: string) => problemName(code as Code).replace(/Problem$/, '');

/** An operation's answers; refusals that several operations share stand once among the components, in `shared`. */
function responsesOf(operation: Operation, shared: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const byGateway = new Set(gatewayStatuses(operation));
  const codes = Map.groupBy(codesOf(operation), (code) => sampleOf(code).status);
  const found: Record<string, JsonSchema> = {};
  for (const [status, answer] of Object.entries(operation.answers)) found[status] = success(answer);
  for (const status of new Set([...codes.keys(), ...byGateway])) {
    const own = codes.get(status) ?? [];
    const name = [...own.map(pascal), ...(byGateway.has(status) ? [`Gateway${status}`] : [])].join('Or');
    const made = refusal(status, own, byGateway.has(status));
    if (found[status] !== undefined) {
      // An answer and a refusal share the status: health's 503 is an answer, and the gateway may be the one that says it.
      const both = { ...(found[status]['content'] as JsonSchema) };
      for (const [type, media] of Object.entries(made['content'] as Record<string, { schema: JsonSchema }>)) {
        const before = both[type] as { schema: JsonSchema } | undefined;
        both[type] = before === undefined ? media : { ...before, schema: { anyOf: [before.schema, media.schema] } };
      }
      found[status] = { ...found[status], content: both };
      continue;
    }
    shared[name] = made;
    found[status] = reference(name, 'responses');
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => Number(a) - Number(b)));
}

const parameterOf = ({ name, in: place, schema, description, required = false }: Parameter): JsonSchema => ({
  name,
  in: place,
  required,
  description,
  schema: schemaOf(schema),
});

function operationOf(operation: Operation, shared: Record<string, JsonSchema>): JsonSchema {
  const { id, tag, summary, description, role, parameters, body } = operation;
  return {
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
        Traceparent: { name: 'traceparent', in: 'header', ...text('W3C trace context; continued to every dependency.') },
      },
      headers: {
        RequestId: text('Finds the request in the log.'),
        Location: text('Where it can be looked at.'),
        RetryAfter: text('Seconds until it is worth asking again, at least 1.', { type: 'string', pattern: '^[1-9][0-9]*$' }),
        Allow: text('The methods that this path answers.'),
      },
      schemas: { ...schemas, Problem, ...problems, GatewayError: gatewayError },
      responses,
    },
  };
}

const ABOUT = `Every request goes through the gateway, with a key or a token. A caller sees its own tenant’s collections, documents and jobs; those of others do not exist for it.

Unknown fields of a body, and parameters that there are not, are an error (400), so that a typo never passes silently. Durations end in \`Ms\`; offsets and lengths of texts count UTF-16 code units.

Failures of the service are problems (RFC 9457, \`application/problem+json\`) with a stable \`code\`. The gateway’s own refusals have its own bodies. 429 and 503 carry \`Retry-After\`, in seconds.

Every answer says in \`degraded\` what it had to do without.

Beside these operations, \`POST /api/v1/rag/mcp\` speaks the Model Context Protocol, and \`POST /v1/chat/completions\` and \`GET /v1/models\` speak OpenAI’s; they describe themselves.`;
