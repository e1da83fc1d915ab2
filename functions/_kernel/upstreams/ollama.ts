import { Ollama } from 'ollama/browser';
import { UpstreamFault, type Dependency } from '../failure.ts';
import { WRITING_SEED, WRITING_TEMPERATURE } from '../limits.ts';
import { UNTRACED, type Trace } from '../telemetry/trace.ts';
import { tracedFetch } from '../telemetry/traced-fetch.ts';
import { brokenCall, refused } from './broken.ts';

export type Embedded = { vectors: number[][]; promptTokens: number };
export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string };
/** A piece of an answer while it is written, then exactly one end. */
export type ChatPart = { kind: 'text'; text: string } | { kind: 'end'; reason: string; promptTokens: number; answerTokens: number };
export type ModelInfo = { name: string; digest: string };

type Purpose = Extract<Dependency, `ollama_${string}`>;

export type OllamaClient = {
  /**
   * Embeds texts with `POST /api/embed`: one L2-normalised vector each, in order.
   * @param truncate false refuses a text that is longer than the model's context with fault `input_too_long`.
   */
  embed(signal: AbortSignal, request: { model: string; texts: string[]; truncate: boolean; dimension: number | null }): Promise<Embedded>;
  /**
   * Streams `POST /api/chat`, with as little thinking as the model allows; resolves once the headers are there. Ends with one `end`, or
   * throws `stream_error` or `stream_cut`.
   */
  chat(
    signal: AbortSignal,
    request: { model: string; messages: ChatMessage[]; numCtx: number; maxTokens: number },
  ): Promise<AsyncIterable<ChatPart>>;
  /**
   * Completes a chat in one piece with `POST /api/chat`, as JSON by a schema (`format`), without thinking and as repeatably as a model can
   * (temperature 0, fixed seed). A server or model that does not know `format` may answer anything, so the text is not yet trusted.
   * Source: https://docs.ollama.com/capabilities/structured-outputs.
   */
  complete(
    signal: AbortSignal,
    request: { model: string; messages: ChatMessage[]; numCtx: number; maxTokens: number; schema: object },
  ): Promise<string>;
  /** What a model is for (`embedding`, `completion`), by `POST /api/show`; null where Ollama is too old to say. */
  capabilities(signal: AbortSignal, model: string): Promise<string[] | null>;
  /** The models present, by `GET /api/tags`. */
  models(signal: AbortSignal): Promise<ModelInfo[]>;
  /** The names of the models that are loaded now, by `GET /api/ps`. */
  loaded(signal: AbortSignal, dependency: Purpose): Promise<string[]>;
  version(signal: AbortSignal): Promise<string>;
};

/**
 * A thinking model would spend an answer's tokens on thoughts, which nobody is shown, and leave its content empty. gpt-oss knows only levels, and
 * answers `false` with nothing (https://docs.ollama.com/capabilities/thinking).
 */
const leastThinking = (model: string): false | 'low' => (/(^|\/)gpt-oss/.test(model) ? 'low' : false);

function faultOf(error: unknown, dependency: Purpose, model: string, signal: AbortSignal): UpstreamFault {
  if (error instanceof Error && error.name === 'ResponseError' && 'status_code' in error && typeof error.status_code === 'number') {
    const status = error.status_code;
    if (status === 404) return new UpstreamFault(dependency, { kind: 'model_missing', model }, error);
    if (status === 400 && /context length/.test(error.message)) return new UpstreamFault(dependency, { kind: 'input_too_long' }, error);
    return refused(dependency, status, null, Date.now(), error);
  }
  if (error instanceof SyntaxError) return new UpstreamFault(dependency, { kind: 'bad_answer' }, error);
  return brokenCall(dependency, signal, error);
}

/** Ollama can answer NaN or another dimension than the index has; either would poison the collection. */
function checkVectors(vectors: number[][], count: number, dimension: number | null): void {
  const bad = (why: 'non_finite' | 'wrong_dimension' | 'wrong_count') =>
    new UpstreamFault('ollama_embedding', { kind: 'bad_embedding', why });
  if (!Array.isArray(vectors) || vectors.length !== count) throw bad('wrong_count');
  for (const vector of vectors) {
    if (vector.length === 0 || vector.length !== (dimension ?? vectors[0]!.length)) throw bad('wrong_dimension');
    if (!vector.every(Number.isFinite)) throw bad('non_finite');
  }
}

type Answer = { message: { content: string }; done: boolean; done_reason: string; prompt_eval_count?: number; eval_count?: number };

async function* parts(answer: AsyncIterable<Answer> & { abort(): void }, model: string, signal: AbortSignal): AsyncGenerator<ChatPart> {
  let ended = false;
  try {
    for await (const piece of answer) {
      if (piece.message.content !== '') yield { kind: 'text', text: piece.message.content };
      if (!piece.done) continue;
      ended = true;
      yield { kind: 'end', reason: piece.done_reason, promptTokens: piece.prompt_eval_count ?? 0, answerTokens: piece.eval_count ?? 0 };
    }
  } catch (error) {
    if (signal.aborted || error instanceof UpstreamFault) throw brokenCall('ollama_generation', signal, error);
    // The client's own words for a body that ends before `done`; any other error inside the stream is Ollama's.
    const cut =
      error instanceof TypeError || (error instanceof Error && (/done or success/.test(error.message) || error instanceof SyntaxError));
    throw new UpstreamFault('ollama_generation', { kind: cut ? 'stream_cut' : 'stream_error' }, error);
  } finally {
    // `break` out of the loop leaves the body open; only abort closes it.
    if (!ended) answer.abort();
  }
  if (!ended) throw new UpstreamFault('ollama_generation', { kind: 'stream_cut' }, model);
}

const namedCall = ({ pathname, hostname }: URL) => ({
  name: `ollama ${pathname}`,
  attributes: { 'gen_ai.provider.name': 'ollama', 'server.address': hostname },
});

/**
 * Opens a client for Ollama's API at `url`; one per invocation, because its `abort()` ends every stream of the client.
 *
 * All methods reject with `UpstreamFault`.
 */
export function createOllama(options: {
  url: string;
  headers: Record<string, string>;
  trace?: Pick<Trace, 'begin'>;
  fetch?: typeof fetch;
}): OllamaClient {
  const request = tracedFetch(options.fetch ?? ((input, init) => fetch(input, init)), options.trace ?? UNTRACED, namedCall);
  const client = (signal: AbortSignal) =>
    new Ollama({
      host: options.url,
      headers: options.headers,
      fetch: (input, init) => request(input, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal }),
    });
  return {
    async embed(signal, { model, texts, truncate, dimension }) {
      try {
        const answer = await client(signal).embed({ model, input: texts, truncate });
        checkVectors(answer.embeddings, texts.length, dimension);
        return { vectors: answer.embeddings, promptTokens: answer.prompt_eval_count ?? 0 };
      } catch (error) {
        throw faultOf(error, 'ollama_embedding', model, signal);
      }
    },
    async chat(signal, { model, messages, numCtx, maxTokens }) {
      try {
        const answer = await client(signal).chat({
          model,
          messages,
          stream: true,
          think: leastThinking(model),
          options: { num_ctx: numCtx, num_predict: maxTokens, temperature: WRITING_TEMPERATURE, seed: WRITING_SEED },
        });
        return parts(answer, model, signal);
      } catch (error) {
        throw faultOf(error, 'ollama_generation', model, signal);
      }
    },
    async complete(signal, { model, messages, numCtx, maxTokens, schema }) {
      try {
        const answer = await client(signal).chat({
          model,
          messages,
          stream: false,
          format: schema,
          think: leastThinking(model),
          options: { num_ctx: numCtx, num_predict: maxTokens, temperature: 0, seed: 0 },
        });
        return answer.message.content;
      } catch (error) {
        throw faultOf(error, 'ollama_generation', model, signal);
      }
    },
    async capabilities(signal, model) {
      try {
        const { capabilities } = await client(signal).show({ model });
        return capabilities ?? null;
      } catch (error) {
        throw faultOf(error, 'ollama_embedding', model, signal);
      }
    },
    async models(signal) {
      try {
        const { models } = await client(signal).list();
        return models.map(({ name, digest }) => ({ name, digest }));
      } catch (error) {
        throw faultOf(error, 'ollama_embedding', '', signal);
      }
    },
    async loaded(signal, dependency) {
      try {
        return (await client(signal).ps()).models.map(({ name }) => name);
      } catch (error) {
        throw faultOf(error, dependency, '', signal);
      }
    },
    async version(signal) {
      try {
        return (await client(signal).version()).version;
      } catch (error) {
        throw faultOf(error, 'ollama_embedding', '', signal);
      }
    },
  };
}
