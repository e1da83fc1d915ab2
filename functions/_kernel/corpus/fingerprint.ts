import type { IndexDifference } from '../failure.ts';
import { ANALYSER_VERSION, CHUNK_TARGET_CHARS, CHUNKER_VERSION } from '../limits.ts';
import { modelProfile } from '../retrieval/models.ts';

/** Everything that decides how a text becomes points; two texts can be compared only under equal fingerprints. */
export type Fingerprint = {
  model: string;
  /** The model's content digest as Ollama lists it; null when it does not say. */
  digest: string | null;
  /** Length of a dense vector, asked of the model. */
  dimension: number;
  queryPrefix: string;
  documentPrefix: string;
  chunker: string;
  chunkChars: number;
  analyser: string;
};

/** What a collection was made with on purpose; null follows the configuration, whatever that is at the time. */
export type Choice = { model: string | null; chunkChars: number | null };
export const NO_CHOICE: Choice = { model: null, chunkChars: null };

/** The part of a fingerprint that is known without asking the model: the configured `model`, and what the collection chose instead. */
export function indexing(configured: string, choice: Choice = NO_CHOICE): Omit<Fingerprint, 'digest' | 'dimension'> {
  const model = choice.model ?? configured;
  const { queryPrefix, documentPrefix } = modelProfile(model);
  const chunkChars = choice.chunkChars ?? CHUNK_TARGET_CHARS;
  return { model, queryPrefix, documentPrefix, chunker: CHUNKER_VERSION, chunkChars, analyser: ANALYSER_VERSION };
}

/** In what respects an index and the running configuration differ; empty when the one can serve the other. */
export function differences(stored: Fingerprint, configured: Partial<Fingerprint>): IndexDifference[] {
  const keys = Object.keys(configured) as (keyof Fingerprint)[];
  return keys
    .filter((key) => stored[key] !== configured[key] && !(key === 'digest' && (stored.digest === null || configured.digest === null)))
    .map((field) => ({ field, stored: String(stored[field]), configured: String(configured[field]) }));
}
