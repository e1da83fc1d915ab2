import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { serveWithFaults, type FaultAnswers, type Faults } from '../faults.ts';
import { embed, inputField } from './embed.ts';
import { emulatedEmbedding } from './embedder.ts';
import { DEFAULT_NUM_CTX, findModel, listLoaded, listModels, pullSteps, showModel, type Model } from './models.ts';
import {
  Refusal,
  flagField,
  keepAliveField,
  knownModel,
  missing,
  numberField,
  optionsField,
  readBody,
  refuseAbilities,
  textField,
  type Body,
} from './request.ts';
import { QueueFull, createScheduler, type Scheduler } from './scheduler.ts';
import { chatField, writeAnswer, type Shape } from './write.ts';

/** The version whose behaviour this follows. */
const VERSION = '0.33.0';
const QUEUE_FULL = 'server busy, please try again.  maximum pending requests exceeded';

const ANSWERS: FaultAnswers = {
  error: { status: 500, body: JSON.stringify({ error: 'llama runner process has terminated: exit status 2' }) },
  oom: { status: 500, body: JSON.stringify({ error: 'model requires more system memory (7.4 GiB) than is available (3.1 GiB)' }) },
  full: { status: 503, body: JSON.stringify({ error: QUEUE_FULL }) },
};

export type OllamaOptions = {
  /** 0, the default: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** How long a model that is not in memory takes to load. Default 0. */
  coldLoadMs?: number;
  /** Pause after each streamed word. Default 0. */
  wordMs?: number;
  /** Requests worked on at a time and requests that may wait, as `OLLAMA_NUM_PARALLEL` and `OLLAMA_MAX_QUEUE`. Default 4 and 512. */
  parallel?: number;
  maxQueue?: number;
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
  log?: (line: string) => void;
};

/**
 * Starts a server that speaks Ollama's API with two models that need no weights: `emulated-embed` and `emulated-extract`.
 *
 * `emulated-crash` dies in mid-stream, `emulated-prose` ignores `format`. Source: Ollama's docs/api.md and server/routes.go.
 */
export async function startOllama(options: OllamaOptions = {}): Promise<{ url: string; faults: Faults; close(): Promise<void> }> {
  const now = options.now ?? Date.now;
  const wait = options.wait ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const scheduler = createScheduler({
    parallel: options.parallel ?? 4,
    maxQueue: options.maxQueue ?? 512,
    coldLoadMs: options.coldLoadMs ?? 0,
    now,
    wait,
  });
  const context: Context = { scheduler, now, wait, wordMs: options.wordMs ?? 0 };
  const handler: RequestListener = (request, response) => {
    const started = now();
    void answer(request, response, context).finally(() =>
      options.log?.(`ollama ${request.method} ${request.url} ${response.statusCode} ${now() - started}ms`),
    );
  };
  return serveWithFaults({
    handler,
    answers: ANSWERS,
    wait,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.host !== undefined && { host: options.host }),
  });
}

type Context = { scheduler: Scheduler; now: () => number; wait: (ms: number) => Promise<void>; wordMs: number };
type Verb = (body: Body, response: ServerResponse, context: Context, signal: AbortSignal) => Promise<void> | void;

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    if (method === 'GET' && path === '/') return void response.writeHead(200, TEXT).end('Ollama is running');
    const read = method === 'GET' ? READS[path] : undefined;
    if (read) return json(response, 200, read(context));
    const verb = method === 'POST' ? VERBS[path] : undefined;
    if (verb) return await verb(await readBody(request), response, context, gone.signal);
    request.resume();
    if (path in READS || path in VERBS) return void response.writeHead(405, TEXT).end('405 method not allowed');
    response.writeHead(404, TEXT).end('404 page not found');
  } catch (error) {
    if (gone.signal.aborted) return;
    const status = error instanceof Refusal ? error.status : error instanceof QueueFull ? 503 : 500;
    const message = error instanceof QueueFull ? QUEUE_FULL : error instanceof Error ? error.message : String(error);
    if (response.headersSent) response.end(`${JSON.stringify({ error: message })}\n`);
    else json(response, status, { error: message });
  }
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

const READS: Record<string, (context: Context) => object> = {
  '/api/version': () => ({ version: VERSION }),
  '/api/tags': () => listModels(),
  '/api/ps': ({ scheduler }) => listLoaded(scheduler.loaded()),
};

const VERBS: Record<string, Verb> = {
  '/api/show': (body, response) => {
    const name = textField(body, 'model') || textField(body, 'name');
    if (name === '') throw new Refusal(400, 'model is required');
    json(response, 200, showModel(knownModel(name)));
  },
  '/api/pull': (body, response) => {
    const steps = pullSteps(findModel(textField(body, 'model') || textField(body, 'name')));
    const last = steps.at(-1) ?? {};
    if (!flagField(body, 'stream', true)) return json(response, 'error' in last ? 500 : 200, last);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const step of steps) response.write(`${JSON.stringify(step)}\n`);
    response.end();
  },
  '/api/embed': async (body, response, context, signal) => {
    const name = textField(body, 'model');
    const texts = inputField(body);
    const model = findModel(name);
    if (model === null) throw missing(name);
    const started = context.now();
    await held(body, model, context, signal, (loadMs, numCtx) => {
      if (texts.length === 0) return json(response, 200, { model: name, embeddings: [] });
      const { embeddings, tokens } = embed(body, model, numCtx);
      const durations = { total_duration: nanoseconds(context.now() - started), load_duration: nanoseconds(loadMs) };
      json(response, 200, { model: name, embeddings, ...durations, prompt_eval_count: tokens });
    });
  },
  '/api/embeddings': async (body, response, context, signal) => {
    const name = textField(body, 'model');
    const model = findModel(name);
    if (model === null) throw missing(name);
    await held(body, model, context, signal, () => {
      if (model.kind !== 'embedder') throw new Refusal(500, 'this model does not support embeddings');
      const prompt = textField(body, 'prompt');
      json(response, 200, { embedding: prompt === '' ? [] : Array.from(emulatedEmbedding(prompt)) });
    });
  },
  '/api/chat': (body, response, context, signal) => write(body, response, context, signal, 'chat'),
  '/api/generate': (body, response, context, signal) => write(body, response, context, signal, 'generate'),
};

async function write(body: Body, response: ServerResponse, context: Context, signal: AbortSignal, shape: Shape): Promise<void> {
  const name = textField(body, 'model');
  if (name === '') throw new Refusal(400, 'model is required');
  const model = knownModel(name);
  if (model.kind !== 'writer') throw new Refusal(400, `"${name}" does not support ${shape}`);
  const messages = chatField(body, shape);
  const started = context.now();
  if (messages.length === 0 && keepAliveField(body) === 0) {
    context.scheduler.unload(model);
    // Answered at once: what is to leave memory is not loaded for it.
    return writeAnswer({ body, name, model, messages, shape, numCtx: 0, loadMs: 0, started, response, signal, ...context });
  }
  refuseAbilities(body, name, model);
  await held(body, model, context, signal, (loadMs, numCtx) =>
    writeAnswer({ body, name, model, messages, shape, numCtx, loadMs, started, response, signal, ...context }),
  );
}

/** Does the work of a request with the model in memory and a place in the queue, and gives both back whatever happens. */
async function held(
  body: Body,
  model: Model,
  { scheduler }: Context,
  signal: AbortSignal,
  work: (loadMs: number, numCtx: number) => Promise<void> | void,
): Promise<void> {
  const numCtx = numberField(optionsField(body), 'num_ctx') ?? DEFAULT_NUM_CTX;
  const place = await scheduler.acquire(model, numCtx, keepAliveField(body), signal);
  try {
    await work(place.loadMs, numCtx);
  } finally {
    place.release();
  }
}

/** Ollama counts every duration in nanoseconds. */
function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
