import type { Choice, Fingerprint, indexing } from './corpus/fingerprint.ts';
import type { Env } from './env.ts';
import { MODEL_INFO_TTL_MS } from './limits.ts';
import type { Cache } from './policy/cache.ts';
import type { Guard } from './policy/guard.ts';
import { questionVectors, type Asked } from './question-vectors.ts';
import { modelProfile } from './retrieval/models.ts';
import type { OllamaClient } from './upstreams/ollama.ts';

/** The embedding model, behind its breaker. */
export type Embedder = {
  model: string;
  /** Weight of its list in the fused score, 0–1. */
  denseWeight: number;
  /**
   * A question's vector by the model an index was made with; cut to the model's context if it is longer. Questions asked in one go are
   * embedded in one call.
   */
  question(text: string, asked: Asked): Promise<number[]>;
  /** Passages' vectors by the model an index was made with, in order; a text longer than the context is refused, not cut. */
  passages(
    texts: string[],
    index: Pick<Fingerprint, 'model' | 'dimension' | 'documentPrefix'>,
    options: { retried: boolean },
  ): Promise<number[][]>;
  /** Whether a model is one that embeds; asked before it is tried, for a failed try counts against the others. */
  embeds(model: string): Promise<boolean>;
  /** What an index of that choice (default: none) would be made with now; digest and dimension are asked of the model. */
  fingerprint(choice?: Choice): Promise<Fingerprint>;
};

/** What an isolate remembers of a model: plain data, so it may outlive the invocation. */
const knownModels = new Map<string, { digest: string | null; dimension: number; until: number }>();

/** A model that may have to load first, which it is given its own time for. */
export function patientModel(ollama: OllamaClient, name: string, dependency: 'ollama_embedding' | 'ollama_generation') {
  return { name, loaded: async (signal: AbortSignal) => (await ollama.loaded(signal, dependency)).some((one) => sameModel(one, name)) };
}

/** Ollama lists a model without a tag as `:latest`. */
const sameModel = (listed: string, wanted: string): boolean => listed === wanted || listed === `${wanted}:latest`;

/** Opens the embedding model. @param cache of questions' vectors, or null. @param indexed says what an index by a model is made with. */
export function openEmbedder(options: {
  env: Pick<Env, 'OLLAMA_URL' | 'OLLAMA_EMBEDDING_MODEL'>;
  ollama: OllamaClient;
  guard: Guard;
  cache: Cache | null;
  indexed: typeof indexing;
}): Embedder {
  const { env, ollama, guard, cache, indexed } = options;
  const model = env.OLLAMA_EMBEDDING_MODEL;
  const profile = modelProfile(model);
  const embed = async (request: { model: string; texts: string[]; truncate: boolean; dimension: number | null }, retried = true) => {
    const call = (signal: AbortSignal) => ollama.embed(signal, request);
    const how = { idempotent: retried, model: patientModel(ollama, request.model, 'ollama_embedding') };
    return (await guard.run('ollama_embedding', call, how)).vectors;
  };
  const identity = async (asked: string) => {
    const key = `${env.OLLAMA_URL} ${asked}`;
    const known = knownModels.get(key);
    if (known !== undefined && known.until > Date.now()) return known;
    const [[vector], models] = await Promise.all([
      embed({ model: asked, texts: ['dimension'], truncate: true, dimension: null }),
      guard.run('ollama_embedding', (signal) => ollama.models(signal), { idempotent: true }),
    ]);
    const listed = models.find(({ name }) => sameModel(name, asked));
    const fresh = { digest: listed?.digest ?? null, dimension: vector!.length, until: Date.now() + MODEL_INFO_TTL_MS };
    knownModels.set(key, fresh);
    return fresh;
  };
  return {
    model,
    denseWeight: profile.denseWeight,
    question: questionVectors({ model, cache, embed: (texts, by) => embed({ model: by, texts, truncate: true, dimension: null }) }),
    passages: (texts, index, { retried }) =>
      embed({ ...index, texts: texts.map((text) => index.documentPrefix + text), truncate: false }, retried),
    async embeds(asked) {
      const can = await guard.run('ollama_embedding', (signal) => ollama.capabilities(signal, asked), { idempotent: true });
      return can === null || can.includes('embedding');
    },
    async fingerprint(choice) {
      const known = indexed(model, choice);
      const { digest, dimension } = await identity(known.model);
      return { ...known, digest, dimension };
    },
  };
}
