import * as fc from 'fast-check';
import { inject } from 'vitest';
import chat from '../../functions/chat/worker.ts';
import collections from '../../functions/collections/worker.ts';
import docs from '../../functions/docs/worker.ts';
import openapi from '../../functions/docs/openapi.json' with { type: 'json' };
import ingest from '../../functions/ingest/worker.ts';
import mcp from '../../functions/mcp/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import status from '../../functions/status/worker.ts';
import { call, type Fetches } from './call.ts';
import { requests, type Generated, type Judged, type OpenApi } from './requests.ts';
import { plant } from './seeded.ts';
import type { World } from './world.ts';

/** Which function has a path, as the gateway routes it. */
function functionFor({ path, base }: { path: string; base: string | undefined }): Fetches {
  if (base !== undefined) return chat;
  if (/^\/collections\/[^/]+\/reindex/.test(path)) return ingest;
  const first = path.split(/[/?;]/)[1] ?? '';
  return ({ search, query, ingest, collections, status, docs, mcp, 'openapi.json': docs } as Record<string, Fetches>)[first] ?? search;
}

/** How often each operation answered with each status. */
export type Tally = Record<string, Record<number, number>>;

/** Whether the document allows a value; asked of the process that may compile validators. */
async function isAllowed({ schema, value }: Judged): Promise<boolean> {
  const answer = await fetch(`${inject('worlds')}/allowed`, { method: 'POST', body: JSON.stringify({ schema, value }) });
  return (await answer.json()) as boolean;
}

/**
 * Sends generated requests to the functions, one after another, and checks of each answer that it stands in the document, is no 500, and
 * judges the body, or the parameters where there is no body, as their schemas do: what the schema allows is never 400 for its form, and what it forbids always is.
 *
 * @param only the operations to ask; null all. @param seed of the generator; a failure names it.
 */
export async function barrage(world: World, options: { runs: number; seed?: number; only?: readonly string[] }): Promise<Tally> {
  const tally: Tally = {};
  let jobId: string | null = null;
  const one = async (asked: Generated): Promise<void> => {
    const { method, headers, body, as, operation, base } = asked;
    // What the generator cannot know: a job that there is.
    const path = jobId === null ? asked.path : asked.path.replace('/ingest/jobs/leave.md', `/ingest/jobs/${jobId}`);
    const sent = { method, path, headers, as, ...(base !== undefined && { base }), ...(body !== null && { body }) };
    const answer = await call(functionFor({ path, base }), world.env, sent);
    (tally[operation.id] ??= {})[answer.status] = (tally[operation.id]?.[answer.status] ?? 0) + 1;
    if (answer.status === 500) throw new Error(`500: ${answer.text}`);
    jobId = (answer.body?.jobId as string | undefined) ?? jobId;
    // What was deleted would be missed by all later requests.
    if (method === 'DELETE' && answer.status < 300) await plant(world);
    // A breaker that was isolated would be all that later requests met.
    if (operation.id === 'steerBreaker' && answer.status === 200) await call(status, world.env, { path, json: { state: 'closed' } });
    // What goes by MCP is judged by the protocol's own SDK.
    if (!asked.ordinary || asked.judged.length === 0 || operation.id === 'mcp') return;
    if (!asked.path.startsWith(operation.path.split('{')[0]!)) return;
    const isRefused = answer.status === 400 && (answer.body.code ?? answer.body.error?.code) === 'invalid_request';
    const allowed = (await Promise.all(asked.judged.map(isAllowed))).every(Boolean);
    if (isRefused === allowed && !isExcused(asked, answer))
      throw new Error(`the schema and the function judge this differently: ${answer.status} ${answer.text.slice(0, 500)}`);
  };
  await fc.assert(fc.asyncProperty(requests(openapi as unknown as OpenApi, options.only ?? null), one), {
    numRuns: options.runs,
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  return tally;
}

/** What a schema cannot know: names in the path, who has the last word in a conversation, names that no field can have, half a surrogate pair, which models there are, whether two documents are one, whether there is an index to go back to. */
function isExcused(
  { judged, operation, body }: Generated,
  answer: { status: number; body: { errors?: { path: string; message: string }[]; error?: { message: string } } },
): boolean {
  if (answer.status === 404) return true;
  if (/must end with a question of the user|is a name that no field can have/.test(answer.body.error?.message ?? '')) return true;
  if (operation.id === 'reindex' || operation.id === 'steerBreaker') return true;
  if (
    answer.body.errors?.every(({ message }) => /^(?:is not a model that Ollama has|has the same id as another document)/.test(message)) ===
    true
  )
    return true;
  return /\\\\ud[89a-f]/i.test(JSON.stringify(judged.map(({ value }) => value))) || /\\ud[89a-f]/i.test(body ?? '');
}
