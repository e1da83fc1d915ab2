import type { Model } from './policy/attempt.ts';
import type { Guard } from './policy/guard.ts';
import type { ChatMessage, ChatPart, OllamaClient } from './upstreams/ollama.ts';

/** The writing model, behind its breaker. */
export type Writer = {
  model: string;
  numCtx: number;
  /** Streams an answer; resolves once its first part is there. One call, and at most `RETRIES_PER_CALL` more while it fails before that. */
  write(messages: ChatMessage[], maxTokens: number): Promise<AsyncIterable<ChatPart>>;
  /**
   * Completes in one piece as JSON by a schema, with exactly one call and `withinMs` for it, loading included. Running out of that time
   * does not count against the writer, which may be slow and sound.
   */
  complete(messages: ChatMessage[], bounds: { maxTokens: number; withinMs: number; schema: object }): Promise<string>;
};

/** Opens the writing model. @param guardWithin makes a guard whose calls must be over in so many milliseconds. */
export function openWriter(
  { model, numCtx }: { model: Model; numCtx: number },
  ollama: OllamaClient,
  guard: Guard,
  guardWithin: (ms: number) => Guard,
): Writer {
  const { name } = model;
  return {
    model: name,
    numCtx,
    write: (messages, maxTokens) =>
      guard.stream('ollama_generation', (signal) => ollama.chat(signal, { model: name, messages, numCtx, maxTokens }), { model }),
    complete: (messages, { maxTokens, withinMs, schema }) =>
      guardWithin(withinMs).run(
        'ollama_generation',
        // The context is the answer's, since another one would make Ollama load the model anew.
        (signal) => ollama.complete(signal, { model: name, messages, numCtx, maxTokens, schema }),
        { idempotent: false, model },
      ),
  };
}
