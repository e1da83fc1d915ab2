import { UpstreamFault, isUnavailable } from '../failure.ts';
import type { Message } from './prompting.ts';

/** The writer as retrieval needs it: one call, whose answer may be anything. */
export type Completer = {
  numCtx: number;
  complete(messages: Message[], bounds: { maxTokens: number; withinMs: number; schema: object }): Promise<string>;
};

/**
 * Asks the writer for something that can be done without.
 *
 * Null when it cannot be had, ran out of time or refused. A caller that left is not kept.
 */
export async function completion(
  writer: Completer,
  messages: Message[],
  bounds: { maxTokens: number; withinMs: number; schema: object },
): Promise<string | null> {
  try {
    return await writer.complete(messages, bounds);
  } catch (error) {
    if (isUnavailable(error, 'ollama_generation')) return null;
    if (error instanceof UpstreamFault && error.dependency === 'ollama_generation' && error.fault.kind !== 'caller_left') return null;
    throw error;
  }
}
