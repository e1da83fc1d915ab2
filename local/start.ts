import { parseArgs } from 'node:util';
import { createClient, type Client } from '../functions/_kernel/client/client.ts';
import { addressLines } from './addresses.ts';
import { ROOT } from './bundle.ts';
import { startControl } from './control.ts';
import { startEmulator } from './emulator.ts';
import { findFiles, type Found } from './files.ts';
import { ingestFiles } from './ingest.ts';
import { newsLine, readableLine } from './log-line.ts';
import type { News } from './reload.ts';
import { ENV_FILE, ensureEnv, readSettings } from './settings.ts';
import { citationLines, harmless, ingestedLines, styles } from './show.ts';
import { DASHBOARD_URL } from './wiring.ts';

const USAGE = `usage: npm start -- [folder or file …] [--ask "question"] [--no-watch]

Starts the emulator: the gateway, every function, and stand-ins for Redis, Qdrant and Ollama.
Without a folder, a first start ingests this project's own documentation.
An edit below functions/ is served at once, with the data and the other functions untouched; one that is wrong is told with its place,
and the version before goes on. Other edits (.env, gateway/, local/) want a new start, and so does everything behind a GATEWAY_URL.
  --no-watch   serve the functions as they are now

Logs one line a request; JSON where standard output is no terminal.`;

const FIRST_QUESTION = 'What happens after five consecutive faults of one dependency?';
const { bold, dim } = styles(process.stdout);

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function readArguments(): { paths: string[]; ask: string | null; watch: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      allowNegative: true,
      options: { ask: { type: 'string' }, watch: { type: 'boolean', default: true }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      console.log(USAGE);
      process.exit(0);
    }
    if (values.ask?.trim() === '') fail(`--ask is empty; write a question.\n${USAGE}`);
    return { paths: positionals, ask: values.ask ?? null, watch: values.watch };
  } catch (error) {
    fail(`${(error as Error).message}\n${USAGE}`);
  }
}

async function answer(client: Client, url: string, question: string): Promise<void> {
  const found = await client.query({ question });
  console.log(`\n${bold(question)}\n`);
  if (found.answerable) console.log([harmless(found.answer), '', ...(await citationLines(client, 'default', found.citations))].join('\n'));
  else console.log(`The documents do not answer this (${found.reason}).`);
  console.log(`\n${dim('The same by hand:')}\n  curl -s ${url}/api/v1/rag/query -H "apikey: $(grep ^API_KEY= .env | cut -d= -f2)" \\
    -H 'content-type: application/json' -d '${JSON.stringify({ question }).replaceAll("'", "'\\''")}'\n`);
}

/** What a first start has to show: the documentation of the project itself. */
function ownDocumentation(): Found[] {
  return findFiles([ROOT]).filter(({ name }) => name.endsWith('.md'));
}

async function main(): Promise<void> {
  const { paths, ask, watch } = readArguments();
  const files = paths.length > 0 ? findFiles(paths) : null;
  const fresh = ensureEnv();
  const settings = readSettings(ENV_FILE, process.env);
  if (fresh) console.log(dim('Wrote .env with secrets of its own (mode 600).'));
  let quiet = true;
  const log = (line: string) => {
    if (!quiet) console.log(process.stdout.isTTY ? readableLine(line) : line);
  };
  const tell = (news: News) => {
    console.log(newsLine(news, new Date(), process.stdout.isTTY));
    control?.renew();
  };
  let control: Awaited<ReturnType<typeof startControl>> | null = null;
  // Whoever takes any free port for the gateway has more than one emulator.
  const dashboardPort = settings.port === 0 ? 0 : Number(new URL(DASHBOARD_URL).port);
  const emulator = await startEmulator({ settings, dataDir: `${ROOT}.rag`, log, dashboardPort, ...(watch && { watch: tell }) });
  const { redis, qdrant, ollama } = emulator;
  const addressesOf = { gateway: emulator.url, redis: redis.url, qdrant: qdrant.url, ollama: ollama.url };
  const stop = async () => {
    await emulator.close();
    await control?.close();
    process.exit(0);
  };
  control = await startControl(
    `${ROOT}.rag`,
    { redis: redis.faults, qdrant: qdrant.faults, ollama: ollama.faults },
    { addresses: addressesOf, stop: () => void stop() },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  console.log(`${addressLines(emulator, control.url, dim).join('\n')}\n`);
  const client = createClient({ url: emulator.url, apiKey: settings.apiKey });
  const { collections } = await client.collections.list();
  const empty = collections.every(({ documents }) => documents === 0);
  const wanted = files ?? (empty ? ownDocumentation() : null);
  if (wanted !== null) {
    console.log(files === null ? 'The store is empty: ingesting the documentation of this project.' : `Ingesting ${wanted.length} files.`);
    console.log(ingestedLines(await ingestFiles(client, 'default', wanted, process.stdout)).join('\n'));
  }
  const question = ask ?? (files === null && empty ? FIRST_QUESTION : null);
  if (question !== null) await answer(client, emulator.url, question);
  console.log(dim('Serving. Ctrl-C stops everything; npm run rag -- --help asks and ingests from another terminal.'));
  quiet = false;
}

try {
  await main();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
