import { countTokens, firstTokens, lastTokens } from './tokens.ts';

export type Message = { role: string; content: string };

/**
 * The messages that fit into the context, as Ollama's `chatPrompt` keeps them: the oldest are dropped without a word, the system's and
 * the last are kept. Of what is still too long half of the context stays: the first four tokens (`num_keep`) and the latest ones.
 *
 * `tokens` is what the model is said to have read. `cut` says whether even the last message was too long. Source: Ollama 0.30,
 * llm/llama_server.go, `contextShiftPromptLimit`; versions before filled the context.
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
  const limit = numCtx - Math.max(Math.floor((numCtx - KEPT_TOKENS) / 2), 1);
  const content = firstTokens(last.content, KEPT_TOKENS) + lastTokens(last.content, Math.max(0, limit - KEPT_TOKENS - MESSAGE_TOKENS));
  return { messages: [{ role: last.role, content }], tokens: limit, cut: true };
}

/** Role and delimiters of a message in a chat template. */
const MESSAGE_TOKENS = 4;
/** `num_keep`, as Ollama sets it. */
const KEPT_TOKENS = 4;
