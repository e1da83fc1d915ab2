import { startServer } from '../../compose/server.ts';
import { documentVector, DEFAULT_LENGTHS } from '../../functions/_kernel/retrieval/sparse.ts';
import { EMBED_BATCH_TEXTS } from '../../functions/_kernel/limits.ts';
import { chunk } from '../../functions/ingest/chunk.ts';
import { startInThread } from '../../local/thread.ts';
import { startRelay } from '../long/relay.ts';

const TOKEN = 'service-token-of-the-ingest-bench-01234567';
const WORDS = 'lantern harbour orchard railway glacier library market keeper report winter signal bridge copper river engine garden'.split(
  ' ',
);

/** Documents of prose that differ from each other, about four chunks each. */
function corpus(count: number): { id: string; text: string }[] {
  let random = 7;
  const word = () => WORDS[(random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % WORDS.length]!;
  const sentence = (n: number) => `${Array.from({ length: 14 }, word).join(' ')} ${n}.`;
  return Array.from({ length: count }, (_, d) => ({
    id: `d${d}`,
    text: Array.from({ length: 8 }, (_p, p) => Array.from({ length: 4 }, (_s, s) => sentence(d * 100 + p * 10 + s)).join(' ')).join('\n\n'),
  }));
}

const json = async (url: string, method: string, body: unknown) => {
  const response = await fetch(url, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
  return (await response.json()) as { embeddings: number[][] };
};

/** The least that has to be done: embed a batch, upsert it, one after another. */
async function bareLoop(qdrant: string, ollama: string, documents: readonly { id: string; text: string }[]): Promise<number> {
  await json(`${qdrant}/collections/bare`, 'PUT', {
    vectors: { dense: { size: 768, distance: 'Cosine' } },
    sparse_vectors: { lexical: { modifier: 'idf' } },
  });
  const texts = documents.flatMap(({ id, text }) =>
    chunk(text).map(({ start, end }) => ({ id, start, end, text: text.slice(start, end) })),
  );
  for (let at = 0; at < texts.length; at += EMBED_BATCH_TEXTS) {
    const batch = texts.slice(at, at + EMBED_BATCH_TEXTS);
    const { embeddings } = await json(`${ollama}/api/embed`, 'POST', { model: 'emulated-embed', input: batch.map((one) => one.text) });
    const points = batch.map((payload, i) => ({
      id: at + i,
      payload,
      vector: { dense: embeddings[i], lexical: documentVector({ text: payload.text }, DEFAULT_LENGTHS) },
    }));
    await json(`${qdrant}/collections/bare/points?wait=true`, 'PUT', { points });
  }
  return texts.length;
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const started = performance.now();
  const result = await work();
  return { seconds: (performance.now() - started) / 1000, result };
}

/** Ingestion through the function against a bare loop on the same stand-ins, and the time to ingest what is there already. */
export async function run(args: string[]): Promise<void> {
  const documents = corpus(Number(args[0] ?? 1_000));
  const log = console.log;
  console.log = () => {}; // the functions' own log lines
  const [redis, qdrant, ollama] = await Promise.all([
    startInThread({ kind: 'redis', options: {} }),
    startInThread({ kind: 'qdrant', options: { dataDir: null } }),
    startInThread({ kind: 'ollama', options: {} }),
  ]);
  let embeddings = 0;
  const counting = await startRelay(ollama.url, { before: ({ path }) => void (path === '/api/embed' && embeddings++), after: () => {} });
  const env = {
    SERVICE_TOKEN: TOKEN,
    QDRANT_URL: qdrant.url,
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '1000',
  };
  const direct = await startServer({ env: { ...env, OLLAMA_URL: ollama.url }, port: 0, host: '127.0.0.1' });
  const counted = await startServer({ env: { ...env, OLLAMA_URL: counting.url }, port: 0, host: '127.0.0.1' });
  const headers = {
    'x-service-token': TOKEN,
    'x-consumer-custom-id': 'bench',
    'x-consumer-groups': 'reader,writer',
    'content-type': 'application/json',
  };
  const ingest = async (url: string, some: readonly { id: string; text: string }[]) => {
    const started = performance.now();
    const response = await fetch(`${url}/api/v1/rag/ingest`, { method: 'POST', headers, body: JSON.stringify({ documents: some }) });
    const job = (await response.json()) as { jobId: string; state: string; chunks: { done: number } };
    const acceptedMs = performance.now() - started;
    for (let view = job; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
      if (['succeeded', 'partial', 'failed'].includes(view.state)) return { view, acceptedMs };
      view = (await (await fetch(`${url}/api/v1/rag/ingest/jobs/${job.jobId}`, { headers })).json()) as typeof job;
    }
  };
  try {
    await ingest(direct.url, corpus(20)); // both warm
    await bareLoop(qdrant.url, ollama.url, corpus(20));
    await fetch(`${qdrant.url}/collections/bare`, { method: 'DELETE' });
    const ten = await ingest(
      direct.url,
      corpus(10).map((one) => ({ ...one, id: `ten-${one.id}` })),
    );
    const bare = await timed(() => bareLoop(qdrant.url, ollama.url, documents));
    const service = await timed(() => ingest(direct.url, documents));
    await ingest(counted.url, documents.slice(0, 1)); // the model's name and size are asked once
    embeddings = 0;
    const again = await timed(() => ingest(counted.url, documents));
    const rate = (chunks: number, seconds: number) => `${(chunks / seconds).toFixed(0)} chunks/s`;
    const { chunks, state } = service.result.view;
    log(`${documents.length} documents, ${bare.result} chunks`);
    log(`bare loop        ${rate(bare.result, bare.seconds)}`);
    log(`ingest function  ${rate(chunks.done, service.seconds)} (${state}), ratio ${(bare.seconds / service.seconds).toFixed(2)}`);
    log(`202 for ten      ${ten.acceptedMs.toFixed(0)} ms`);
    log(`unchanged again  ${again.seconds.toFixed(2)} s, ${embeddings} embedding calls`);
  } finally {
    console.log = log;
    for (const one of [direct, counted, counting, ollama, qdrant, redis]) await one.close();
  }
}
