import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { createParser } from 'eventsource-parser';

/** An answer as it came: `body` as text, or null when it was not read; `events` of a stream that was read to its end. */
export type Seen = {
  method: string;
  path: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | null;
  events?: readonly { event: string; data: unknown }[];
  /** Whether it came through the gateway, which may have answered itself. */
  gateway?: true;
};

type Shape = { properties: { event?: { const: string } } };
type Media = { schema?: { contentSchema?: { oneOf?: Shape[]; anyOf?: Shape[] } } };
type Response = { headers?: Record<string, unknown>; content?: Record<string, Media>; $ref?: string };
type Document = { paths: Record<string, Record<string, { responses: Record<string, Response> }>> };

const escape = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
const pointer = (...parts: string[]) => `#/${parts.map(escape).join('/')}`;

function eventsOf(text: string): NonNullable<Seen['events']> {
  const found: { event: string; data: unknown }[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => found.push({ event: event ?? '', data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) }),
  });
  parser.feed(text);
  return found;
}

/**
 * Holds answers against an OpenAPI document: status, media type, headers, body, and the events of a stream.
 *
 * `problemsOf` says what is wrong with an answer, a sentence each; nothing when it conforms. A path that the document does not have must
 * be 404, and a method that it does not have there 405. `allows` tells whether a value is one of a schema of the document.
 */
export function conformance(openapi: Record<string, unknown>): {
  problemsOf(seen: Seen): string[];
  allows(schema: object, value: unknown): boolean;
} {
  const document = openapi as unknown as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (instance: Ajv2020) => void)(ajv);
  ajv.addSchema(openapi, 'document');
  const compiled = new Map<string, ValidateFunction>();
  const problemsWith = (at: string, value: unknown): string[] => {
    const validate =
      compiled.get(at) ?? ajv.compile({ $ref: `document${at.replaceAll('%', '%25').replaceAll('{', '%7B').replaceAll('}', '%7D')}` });
    compiled.set(at, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
    );
  };
  const templates = Object.keys(document.paths)
    .map((template) => ({ template, matches: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
    // What is said in full comes before what stands for anything.
    .toSorted((a, b) => a.template.split('{').length - b.template.split('{').length);

  const responseAt = (template: string, method: string, status: number): { at: string[]; response: Response } | null => {
    const response = document.paths[template]?.[method]?.responses[String(status)];
    if (response === undefined) return null;
    if (response.$ref === undefined) return { at: ['paths', template, method, 'responses', String(status)], response };
    const at = response.$ref.slice(2).split('/');
    return { at, response: at.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], openapi) as Response };
  };

  const streamProblems = (at: string[], media: Media, events: NonNullable<Seen['events']>): string[] =>
    events.flatMap(({ event, data }) => {
      const shapes = media.schema?.contentSchema?.oneOf ?? [];
      // Events without names may each be any of what the stream says.
      if (shapes.length === 0) return problemsWith(pointer(...at, 'content', 'text/event-stream', 'schema', 'contentSchema'), { data });
      const i = shapes.findIndex(({ properties }) => properties.event?.const === event);
      if (i < 0) return [`the event ${event} is not documented`];
      return problemsWith(pointer(...at, 'content', 'text/event-stream', 'schema', 'contentSchema', 'oneOf', String(i)), {
        event,
        data,
      }).map((problem) => `event ${event}: ${problem}`);
    });

  const problemsOf = ({ method, path, status, headers, body, events, gateway }: Seen): string[] => {
    const bare = path.replace(/[?#].*$/, '');
    const template = templates.find(({ matches }) => matches.test(bare))?.template;
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const known = template !== undefined && document.paths[template]?.[verb] !== undefined;
    if (!known) {
      const expected = template === undefined ? 404 : 405;
      // Without a consumer a path below one that is closed as a whole says 401 before it says that it is not there.
      return status === expected || status === 401 || status === 403
        ? []
        : [`${method} ${bare} is not documented and answered ${status}, not ${expected}`];
    }
    const found = responseAt(template, verb, status);
    if (found === null) return [`${status} is not documented for ${verb} ${template}`];
    const { at, response } = found;
    // What nginx or Kong say themselves has the headers that there are by then.
    const byGateway = gateway !== undefined && body?.startsWith('{"message"') === true && !/"code"/.test(body);
    const missing = byGateway ? [] : Object.keys(response.headers ?? {}).filter((name) => headers[name.toLowerCase()] === undefined);
    const problems = missing.map((name) => `the header ${name} is missing`);
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (response.content === undefined)
      return [...problems, ...(body ? [`a body is not documented, and there is one of ${type || 'no type'}`] : [])];
    const media = response.content[type];
    if (media === undefined) return [...problems, `${type || 'no content type'} is not documented for ${status} of ${verb} ${template}`];
    // The gateway's own refusals are documented too, but no function may answer with them.
    if (gateway === undefined && status >= 400 && type === 'application/json' && body?.startsWith('{"message"'))
      return [...problems, 'only the gateway answers so'];
    const told = events ?? (type === 'text/event-stream' && body !== null ? eventsOf(body) : undefined);
    if (told !== undefined) return [...problems, ...streamProblems(at, media, told)];
    if (body === null || method === 'HEAD' || !type.includes('json')) return problems;
    return [...problems, ...problemsWith(pointer(...at, 'content', type, 'schema'), JSON.parse(body))];
  };
  const allows = (schema: object, value: unknown): boolean => {
    const key = JSON.stringify(schema);
    const absolute = JSON.parse(key.replaceAll('"#/', '"document#/')) as object;
    const validate = compiled.get(key) ?? ajv.compile(absolute);
    compiled.set(key, validate);
    return validate(value);
  };
  return { problemsOf, allows };
}
