import { createParser } from 'eventsource-parser';
import chat from '../../functions/chat/worker.ts';
import mcp from '../../functions/mcp/worker.ts';
import { EXAMPLES } from '../../local/openapi/examples.ts';
import { deferred, vouched } from './call.ts';
import type { Bindings } from './world.ts';

/** What went over the wire, without what is another each time: ids, times and durations. */
export type Recorded = {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  answer: { status: number; type: string; said: unknown };
};

type Shown = { citations: object[]; hits: object[]; degraded: string[]; answer: string };
const ANSWER = EXAMPLES['QueryResponse'] as Shown;
const ABSENT = { type: 'urn:rag:problem:collection_not_found', title: 'Collection not found', status: 404, code: 'collection_not_found' };

/** The functions that the protocols ask, answering the document's examples: what is recorded is the protocol, and not how well is found. */
async function answered(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const asked = request.method === 'POST' ? ((await request.json()) as { collection: string; question?: string; stream?: boolean }) : null;
  if (asked?.collection === 'nowhere' || pathname.includes('/nowhere'))
    return Response.json({ ...ABSENT, detail: 'There is no such collection.', requestId: 'r' }, { status: 404 });
  if (pathname.endsWith('/search')) return Response.json(EXAMPLES['SearchResponse']);
  if (pathname.includes('/documents/')) return Response.json(EXAMPLES['Document']);
  if (pathname.endsWith('/collections')) return Response.json(EXAMPLES['CollectionList']);
  if (asked === null) return Response.json(EXAMPLES['Collection']);
  const none = { ...ANSWER, answerable: false, reason: 'no_evidence', answer: '', citations: [], hits: [] };
  const answer = asked.question?.includes('Tour') === true ? none : ANSWER;
  if (asked.stream !== true) return Response.json(answer);
  const events = [
    ['meta', { hits: answer.hits, degraded: answer.degraded }],
    ['token', { text: answer.answer }],
    ['done', answer],
  ].map(([event, data]) => `event: ${event as string}\ndata: ${JSON.stringify(data)}\n\n`);
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
}
export const puppets: Bindings = Object.fromEntries(
  ['SEARCH', 'QUERY', 'INGEST', 'COLLECTIONS'].map((name) => [`${name}_FUNCTION`, { fetch: answered }]),
);

/** What a client's own headers mean to the protocols; the others are of its machine. */
const TOLD = ['accept', 'content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name'];
const VARYING = new Set(['created', 'createdAt', 'updatedAt', 'requestId', 'jobId', 'embedMs', 'searchMs', 'answerMs', 'totalMs']);

function steady(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/chatcmpl-[\w-]+/, 'chatcmpl-…').replace(/(?<=Request )[\w-]{36}/g, '…');
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, VARYING.has(key) ? '…' : steady(inner)]));
}

type Chunk = { choices?: { delta?: { content?: string } }[] };
const textIn = (said: unknown): string | undefined => (said as Chunk).choices?.[0]?.delta?.content;

/** The data of a stream's events; pieces of text that follow each other are one, since how they are cut is the network's. */
function eventsOf(text: string): unknown[] {
  const told: unknown[] = [];
  const parser = createParser({ onEvent: ({ data }) => told.push(data === '[DONE]' ? data : steady(JSON.parse(data))) });
  parser.feed(text);
  return told.reduce<unknown[]>((joined, said) => {
    const [before, now] = [textIn(joined.at(-1) ?? {}), textIn(said)];
    if (before === undefined || before === '' || now === undefined) return [...joined, said];
    const last = joined.at(-1) as { choices: [{ delta: object }] };
    const [choice] = last.choices;
    return [...joined.slice(0, -1), { ...last, choices: [{ ...choice, delta: { ...choice.delta, content: before + now } }] }];
  }, []);
}

/** Asks the function that has the path, as the gateway would, and says what went over the wire. */
export async function exchange(env: Bindings, request: Request): Promise<{ recorded: Recorded; response: Response }> {
  const { pathname } = new URL(request.url);
  const body = await request.clone().text();
  const asked = new Request(request, { headers: { ...Object.fromEntries(request.headers), ...vouched() } });
  const response = await (pathname.startsWith('/v1/') ? chat : mcp).fetch(asked, env, deferred().context);
  const text = await response.clone().text();
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!;
  const said = type === 'text/event-stream' ? eventsOf(text) : text === '' ? null : steady(JSON.parse(text));
  const headers = Object.fromEntries([...request.headers].filter(([name]) => TOLD.includes(name)));
  return {
    response,
    recorded: {
      request: { method: request.method, path: pathname, headers, body: body === '' ? null : (JSON.parse(body) as unknown) },
      answer: { status: response.status, type, said },
    },
  };
}
