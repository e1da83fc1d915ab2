import type { Fingerprint } from './corpus/fingerprint.ts';
import type { Cache } from './policy/cache.ts';
import { modelProfile } from './retrieval/models.ts';
import { sameQuestion } from './retrieval/question.ts';
import { together } from './together.ts';

/** Whose question it is, and the index whose texts its vector is to be compared with. */
export type Asked = { tenant: string; fingerprint: Promise<Fingerprint> };
type Index = { tenant: string } & Pick<Fingerprint, 'model' | 'digest' | 'dimension'>;

/** A vector as base64 of its little-endian 32-bit floats (RFC 4648): a third of its JSON, and as exact as Qdrant keeps it. */
export function encodeVector(vector: readonly number[]): string {
  const bytes = new Uint8Array(Float32Array.from(vector).buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The vector of an encoding; null when it is none of this length. */
export function decodeVector(text: string, dimension: number): number[] | null {
  if (text.length !== 4 * Math.ceil((dimension * 4) / 3) || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return bytes.length === dimension * 4 ? Array.from(new Float32Array(bytes.buffer)) : null;
}

/** Vectors from the cache, the others made in one call and kept. Another digest or dimension is another model, whatever its name. */
async function remembered(
  cache: Cache,
  { tenant, ...index }: Index,
  texts: readonly string[],
  make: (texts: string[], model: string) => Promise<number[][]>,
): Promise<number[][]> {
  const entries = await Promise.all(texts.map((text) => cache.look('vector', tenant, { ...index, text })));
  const kept = entries.map(({ value }) => (value === null ? null : decodeVector(value, index.dimension)));
  const missing = texts.filter((_, i) => kept[i] === null);
  const made = missing.length === 0 ? [] : await make(missing, index.model);
  return kept.map((vector, i) => {
    if (vector !== null) return vector;
    const fresh = made.shift()!;
    entries[i]!.keep(encodeVector(fresh));
    return fresh;
  });
}

/**
 * How questions become vectors: by the model an index was made with, those of one go in one call.
 *
 * Without a cache the index is looked up while the configured model is asked, and one made with another model costs a second call.
 * With it the index comes first, because what is kept belongs to its model's digest.
 */
export function questionVectors(options: {
  model: string;
  embed: (texts: string[], model: string) => Promise<number[][]>;
  cache: Cache | null;
}): (text: string, asked: Asked) => Promise<number[]> {
  const { model, embed, cache } = options;
  const ask = together(embed);
  const recall = cache === null ? null : together((texts, index) => remembered(cache, JSON.parse(index) as Index, texts, embed));
  const prefixed = (text: string, by: string) => modelProfile(by).queryPrefix + sameQuestion(text);
  return async (text, { tenant, fingerprint }) => {
    if (recall !== null) {
      const { model: by, digest, dimension } = await fingerprint;
      return recall(prefixed(text, by), JSON.stringify({ tenant, model: by, digest, dimension } satisfies Index));
    }
    const vector = ask(prefixed(text, model), model);
    vector.catch(() => {}); // an index made with another model does not need it
    const { model: by } = await fingerprint;
    return by === model ? vector : ask(prefixed(text, by), by);
  };
}
