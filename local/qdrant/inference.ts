import { tokenId } from '../../functions/_kernel/retrieval/murmur3.ts';
import { badFormat, badInput, QdrantError } from './errors.ts';
import { isObject, type Json, type JsonObject, numberOr, stringOr } from './json.ts';
import { checkTextParams, languageParams, textAnalyser } from './text.ts';
import type { SparseVector } from './vectors/sparse.ts';

/** `qdrant/bm25` is computed in the server itself; every other model needs an inference service beside it. */
const LOCAL_MODELS = ['qdrant/bm25', 'bm25'];
const [K1, B, AVERAGE_LENGTH] = [1.2, 0.75, 256];

/** A vector to be computed: `{model, text}`, or `image` or `object` in place of the text. */
export type Inference = JsonObject & { model: string };

/** Whether a value asks for a vector to be computed. */
export function isInference(value: Json | undefined): value is Inference {
  return isObject(value) && typeof value['model'] === 'string' && ['text', 'image', 'object'].some((key) => key in value);
}

/**
 * The sparse vector of a text under BM25 (`lib/bm25`): term frequencies for a document, ones for a query; IDF is the collection's modifier.
 *
 * `options`: `k`, `b`, `avg_len`, and how words are cut (`language`, `tokenizer`, `stopwords`, `stemmer`, …). 400 for parameters out of
 * range, 500 for another model, as a server without an inference service answers, 501 for a language whose words are not here.
 */
export function infer(from: Inference, as: 'document' | 'query'): SparseVector {
  const { model, text } = from;
  if (!LOCAL_MODELS.includes(model.toLowerCase()))
    throw new QdrantError(500, 'Service internal error: InferenceService URL not configured - please provide valid address in config');
  if (text === undefined) throw badInput(`Only text input is supported for ${model}.`);
  if (typeof text !== 'string') throw badFormat('data did not match any variant of untagged enum Vector');
  const options = isObject(from['options']) ? from['options'] : {};
  const { words, asked } = analyser(options);
  const weigh = frequencies(options);
  const tokens = as === 'query' ? asked(text) : words(text);
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const weights = new Map(
    Array.from(counts, ([token, count]) => [tokenId(token), as === 'query' ? 1 : weigh(count, tokens.length)] as const),
  );
  const sorted = [...weights].toSorted(([a], [b]) => a - b);
  return { indices: Uint32Array.from(sorted, ([id]) => id), values: Float32Array.from(sorted, ([, weight]) => weight) };
}

function analyser(options: JsonObject): ReturnType<typeof textAnalyser> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
  const params = { ...languageParams(stringOr(options['language'], 'language', 'english')), ...given };
  checkTextParams(params);
  return textAnalyser(params);
}

function frequencies(options: JsonObject): (count: number, length: number) => number {
  const [k, b, average] = [numberOr(options['k'], 'k', K1), numberOr(options['b'], 'b', B), numberOr(options['avg_len'], 'avg_len', AVERAGE_LENGTH)]; // prettier-ignore
  if (k < 0) throw badInput(`BM25 k1 must be finite and >= 0, got ${k}`);
  if (b < 0 || b > 1) throw badInput(`BM25 b must be finite and in [0.0, 1.0], got ${b}`);
  if (average <= 0) throw badInput(`BM25 avg_doc_len must be finite and > 0, got ${average}`);
  return (count, length) => (count * (k + 1)) / (k * (1 - b + (b * length) / average) + count);
}
