import { countTokens, lastTokens } from './tokens.ts';

export type Message = { role: string; content: string };

/**
 * The messages that fit into the context, as Ollama's `chatPrompt` keeps them: the oldest are dropped without a word, the system's and
 * the last are kept. What is still too long loses its beginning.
 *
 * `tokens` is what the model is said to have read: never more than `numCtx`. `cut` says whether even the last message was too long.
 */
export function fitToContext(messages: readonly Message[], numCtx: number): { messages: Message[]; tokens: number; cut: boolean } {
  const size = (list: readonly Message[]): number => list.reduce((sum, { content }) => sum + countTokens(content) + MESSAGE_TOKENS, 0);
  let kept = [...messages];
  for (let from = 1; from < messages.length && size(kept) > numCtx; from++)
    kept = [...messages.slice(0, from).filter(({ role }) => role === 'system'), ...messages.slice(from)];
  const tokens = size(kept);
  if (tokens <= numCtx) return { messages: kept, tokens, cut: false };
  const last = kept.at(-1);
  if (last === undefined) return { messages: kept, tokens, cut: false };
  const room = Math.max(0, numCtx - MESSAGE_TOKENS);
  return { messages: [{ role: last.role, content: lastTokens(last.content, room) }], tokens: numCtx, cut: true };
}

/** Role and delimiters of a message in a chat template. */
const MESSAGE_TOKENS = 4;
