import { emulatedEmbedding, normalised } from './embedder.ts';
import type { Model } from './models.ts';
import { Refusal, flagField, numberField, type Body } from './request.ts';
import { countTokens, firstTokens } from './tokens.ts';

/** The texts of an embed request; an empty string is no text, as in Ollama. */
export function inputField(body: Body): string[] {
  const { input } = body;
  if (input === undefined || input === null || input === '') return [];
  const list: unknown[] = Array.isArray(input) ? input : [input];
  return list.map((one) => {
    if (typeof one !== 'string') throw new Refusal(400, 'invalid input type');
    return one;
  });
}

/** Embeds each text, in order; too long a text is cut to the context, or refuses the whole batch where `truncate` is false. */
export function embed(body: Body, model: Model, numCtx: number): { embeddings: number[][]; tokens: number } {
  if (model.kind !== 'embedder') throw new Refusal(501, 'this model does not support embeddings');
  const truncate = flagField(body, 'truncate', true);
  const dimensions = numberField(body, 'dimensions') ?? 0;
  const limit = Math.min(numCtx, model.contextLength);
  let tokens = 0;
  const embeddings = inputField(body).map((text) => {
    const length = countTokens(text);
    if (length > limit && !truncate) throw new Refusal(400, 'the input length exceeds the context length');
    tokens += Math.min(length, limit);
    const vector = emulatedEmbedding(length > limit ? firstTokens(text, limit) : text);
    return normalised(vector, dimensions > 0 ? Math.min(dimensions, vector.length) : vector.length);
  });
  return { embeddings, tokens };
}
