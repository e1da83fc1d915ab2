import { parseArgs } from 'node:util';
import { ApiError, createClient, type Client } from './client.ts';
import { FAULTY, injectFault } from './control.ts';
import { ROOT } from './bundle.ts';
import { FAULT_MODES } from './faults.ts';
import { findFiles, listFiles, type Found } from './files.ts';
import { ingestFiles } from './ingest.ts';
import { clientSettings, ENV_FILE } from './settings.ts';
import { citationLines, ingestedLines, oneLine, styles } from './show.ts';
import { bursts, keepInStep, watchPaths } from './watch.ts';

const USAGE = `usage: npm run rag -- <command> [options]

  ingest <folder|file…>   npm run rag -- ingest ./docs
                          leaves out what is hidden, binary, in node_modules or ignored by git
  search "<words>"        npm run rag -- search "how does a breaker recover?"
  ask "<question>"        npm run rag -- ask "what happens when Redis is down?"
  fault <who> <how>       npm run rag -- fault ollama down    (emulator only)
                          who: ollama, qdrant, redis; how: down, slow, error, cut, oom, full, and up to mend it

options
  --collection NAME   default: default
  --watch             ingest: stay, and keep the collection in step with the files; what is deleted here is deleted there
  --limit N           hits of a search, or passages of an answer; default 5
  --route PATH        fault: only calls whose path begins so, such as /api/chat
  --share X           fault: only this part of the calls, 0–1
  --ms N              fault: delay of slow; default 5000

Speaks to GATEWAY_URL (default http://127.0.0.1:8000) with API_KEY, both from the environment or .env.
Exit status: 0 done, 1 the service or a file said no, 2 wrong usage.`;

const { bold, dim } = styles(process.stdout);

function usage(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

/** How long a watch waits after a failure: a gateway that restarts is back by then. */
const RETRY_MS = 5_000;

type Call = { client: Client; collection: string; limit: number };

async function ingest({ client, collection }: Call, paths: readonly string[], watch: boolean): Promise<void> {
  const ended = new AbortController();
  const turns = bursts(ended.signal);
  const files = watch ? listFiles(paths) : findFiles(paths);
  // Watching begins before the first reading, so that no change falls between the two.
  if (watch) watchPaths(paths, ended.signal, turns.touch);
  const put = async (changed: readonly Found[]) => {
    const result = await ingestFiles(client, collection, changed, process.stdout);
    console.log(ingestedLines(result).join('\n'));
    if (result.failures.length > 0 && !watch) process.exitCode = 1;
  };
  await put(files);
  if (!watch) return;
  process.once('SIGINT', () => ended.abort());
  console.log(dim(`Watching ${paths.join(', ')}; Ctrl-C ends it.`));
  await keepInStep(turns, {
    start: files,
    list: () => listFiles(paths),
    put,
    async remove(name) {
      await client.deleteDocument(collection, name).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      });
      console.log(`  deleted    ${name}`);
    },
    onError(error) {
      console.error(`${error instanceof Error ? error.message : String(error)} Trying again in ${RETRY_MS / 1_000} s.`);
      setTimeout(turns.touch, RETRY_MS);
    },
  });
}

async function search({ client, collection, limit }: Call, words: string): Promise<void> {
  const { hits, degraded } = await client.search({ query: words, collection, limit });
  if (hits.length === 0) console.log('Nothing was found.');
  for (const [i, { documentId, span, scores, text }] of hits.entries()) {
    console.log(`${bold(`${i + 1}. ${documentId}`)} ${dim(`characters ${span.start}–${span.end}, score ${scores.fused.toFixed(3)}`)}`);
    console.log(`   ${oneLine(text, 200)}\n`);
  }
  if (degraded.length > 0) console.log(dim(`degraded: ${degraded.join(', ')}`));
}

async function ask({ client, collection, limit }: Call, question: string): Promise<void> {
  for await (const { event, data } of client.stream({ question, collection, limit })) {
    if (event === 'token') process.stdout.write(data.text);
    if (event !== 'done') continue;
    const { answerable, reason, citations, unsupported, degraded } = data;
    console.log(answerable ? '\n' : `The documents do not answer this (${reason}).`);
    for (const line of await citationLines(client, collection, citations)) console.log(line);
    if (unsupported.length > 0) console.log(dim(`  without support: ${unsupported.map((one) => oneLine(one, 80)).join(' · ')}`));
    if (degraded.length > 0) console.log(dim(`  degraded: ${degraded.join(', ')}`));
  }
}

const OPTIONS = {
  collection: { type: 'string', default: 'default' },
  watch: { type: 'boolean', default: false },
  limit: { type: 'string', default: '5' },
  route: { type: 'string' },
  share: { type: 'string' },
  ms: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function fault([who, how]: readonly string[], limits: { route?: string; share?: string; ms?: string }): Promise<void> {
  const name = FAULTY.find((one) => one === who);
  const mode = FAULT_MODES.find((one) => one === how);
  if (name === undefined || mode === undefined) return usage(`Say who fails and how: fault ${FAULTY.join('|')} ${FAULT_MODES.join('|')}`);
  const { route, share, ms } = limits;
  const set = {
    mode,
    ...(route !== undefined && { route }),
    ...(share !== undefined && { share: Number(share) }),
    ...(ms !== undefined && { delayMs: Number(ms) }),
  };
  await injectFault(`${ROOT}.rag`, name, set);
  console.log(mode === 'up' ? `${name} is up.` : `${name} is ${mode} until you say: npm run rag -- fault ${name} up`);
}

async function main(): Promise<void> {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        allowPositionals: true,
        options: OPTIONS,
      });
    } catch (error) {
      return usage((error as Error).message);
    }
  })();
  const [command, ...rest] = positionals;
  if (values.help === true) return console.log(USAGE);
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) usage('--limit must be a whole number from 1 to 100');
  if (command === 'fault') return fault(rest, values);
  if (command !== 'ingest' && command !== 'search' && command !== 'ask')
    usage(command === undefined ? 'A command is missing.' : `There is no command ${command}.`);
  if (rest.join('').trim() === '') usage(command === 'ingest' ? 'Name a folder or a file to ingest.' : 'Write a question.');
  const { url, apiKey } = clientSettings(ENV_FILE, process.env);
  const call: Call = { client: createClient({ url, apiKey }), collection: values.collection, limit };
  try {
    if (command === 'ingest') await ingest(call, rest, values.watch);
    else await { search, ask }[command](call, rest.join(' '));
  } catch (error) {
    if (error instanceof TypeError && error.message === 'fetch failed')
      throw new Error(`There is no gateway at ${url}. Start the emulator with npm start, or set GATEWAY_URL.`, { cause: error });
    if (error instanceof ApiError && error.status === 401)
      throw new Error(`The gateway at ${url} does not know this key. Set API_KEY to one it knows.`, { cause: error });
    throw error;
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
