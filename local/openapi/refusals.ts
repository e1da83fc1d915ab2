import { refusalOf } from '../../functions/chat/refusal.ts';
import { codesOf, problemName, sampleOf } from './failures.ts';
import { gatewayExample, GATEWAY_SAYS, gatewayStatuses } from './gateway.ts';
import type { Code, JsonSchema, Operation } from './operation.ts';

/** One way in which an answer is written: its media type, its schema, and examples by name. */
export type Written = { type: string; schema: JsonSchema; examples: Readonly<Record<string, unknown>> };

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const valued = (examples: Written['examples']) => Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

/** The ways of an answer as OpenAPI has them; of one media type each is allowed. */
export function contentOf(ways: readonly Written[]): JsonSchema {
  const types = Map.groupBy(ways, ({ type }) => type);
  return Object.fromEntries(
    Array.from(types, ([type, some]) => {
      const schema = some.length === 1 ? some[0]!.schema : { anyOf: some.map((one) => one.schema) };
      return [type, { schema, examples: valued(Object.assign({}, ...some.map(({ examples }) => examples))) }];
    }),
  );
}

const byCode = (codes: readonly Code[], write: (code: Code) => unknown) => Object.fromEntries(codes.map((code) => [code, write(code)]));

function asProblems(codes: readonly Code[]): Written {
  const schema = codes.length === 1 ? reference(problemName(codes[0]!)) : { oneOf: codes.map((code) => reference(problemName(code))) };
  return { type: 'application/problem+json', schema, examples: byCode(codes, sampleOf) };
}

function asOpenAi(codes: readonly Code[]): Written {
  const told = byCode(codes, (code) => refusalOf(sampleOf(code))) as Record<string, ReturnType<typeof refusalOf>>;
  const code = { enum: Object.values(told).map(({ error }) => error.code) };
  // The linter asks that a schema beside another names every field itself.
  const known = { properties: { error: { properties: { message: {}, type: {}, param: {}, code } } } };
  return { type: 'application/json', schema: { allOf: [reference('ChatError'), known] }, examples: told };
}

/** Breaches of JSON-RPC and of its transport: what the protocol's SDK refuses by itself. */
const RPC: Readonly<Record<number, [code: number, message: string]>> = {
  400: [-32_700, 'Parse error: Invalid JSON'],
  403: [-32_000, 'Invalid Origin: evil.example'],
  406: [-32_000, 'Not Acceptable: Client must accept both application/json and text/event-stream'],
  413: [-32_000, 'Request body too large'],
  415: [-32_000, 'Unsupported Media Type: Content-Type must be application/json'],
};
function asJsonRpc(status: number): Written {
  const [code, message] = RPC[status]!;
  const examples = { protocol: { jsonrpc: '2.0', error: { code, message }, id: null } };
  return { type: 'application/json', schema: reference('JsonRpcRefusal'), examples };
}

const asGateway = (status: number): Written => ({
  type: 'application/json',
  schema: reference('GatewayError'),
  examples: { gateway: gatewayExample(status) },
});

const pascal = (code: string) => problemName(code as Code).replace(/Problem$/, '');
const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

/** What an operation refuses with one status: the name under which operations share it, what it means, and how it is written. */
export type Refusal = { status: number; name: string; description: string; ways: Written[]; byGateway: boolean };

/** Every refusal of an operation: its problems or what stands for them, and what the gateway says in its own words. */
export function refusalsOf(operation: Operation): Refusal[] {
  const { speaks } = operation;
  const gateways = new Set(gatewayStatuses(operation));
  const codes = Map.groupBy(codesOf(operation), (code) => sampleOf(code).status);
  const rpc = speaks === 'json-rpc' ? Object.keys(RPC).map(Number) : [];
  return [...new Set([...codes.keys(), ...rpc, ...gateways])].map((status) => {
    const own = codes.get(status) ?? [];
    const byGateway = gateways.has(status);
    const breaks = rpc.includes(status);
    const names = [
      ...(own.length > 0 && speaks === 'openai' ? ['Chat'] : []),
      [...own.map(pascal), ...(breaks ? [`Protocol${status}`] : []), ...(byGateway ? [`Gateway${status}`] : [])].join('Or'),
    ];
    const said = [
      ...own.map((code) => `${sampleOf(code).title} (\`${speaks === 'openai' ? refusalOf(sampleOf(code)).error.code : code}\`)`),
      ...(breaks ? ['a breach of the protocol, in its words'] : []),
      ...(byGateway ? [`the gateway’s own: ${GATEWAY_SAYS[status]}`] : []),
    ];
    const ways = [
      ...(own.length === 0 ? [] : [speaks === 'openai' ? asOpenAi(own) : asProblems(own)]),
      ...(breaks ? [asJsonRpc(status)] : []),
      ...(byGateway ? [asGateway(status)] : []),
    ];
    return { status, name: names.join(''), description: `${sentence(said.join('; '))}.`, ways, byGateway };
  });
}
