import type { QueryInput } from '../_kernel/client/client.ts';
import { Failure } from '../_kernel/failure.ts';
import { ANSWER_TOKENS_MAX, HISTORY_MESSAGES_MAX, QUERY_MAX_CHARS } from '../_kernel/limits.ts';
import type { ChatMessage, ChatRequest } from './contract.ts';
import { collectionOf } from './models.ts';

const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('\n');

/** Not to cut a character in two (Unicode, surrogate pairs). */
const shortened = (text: string): string => text.slice(0, QUERY_MAX_CHARS).toWellFormed();

/**
 * The question that a conversation ends with, for the collection that stands as its model.
 *
 * Chat programs send a conversation whole: its latest messages count, each up to the length that a query takes.
 * @throws Failure `collection_not_found` for a name that no collection has, `invalid_request` without a question at the end.
 */
export function questionOf(request: ChatRequest): QueryInput {
  const { model, messages, max_tokens, max_completion_tokens } = request;
  const collection = collectionOf(model);
  const said = messages.flatMap((message) => {
    const { role } = message;
    const text = textOf(message);
    return (role === 'user' || role === 'assistant') && text.trim() !== '' ? [{ role, content: text }] : [];
  });
  const last = said.pop();
  if (last?.role !== 'user') {
    throw new Failure({ code: 'invalid_request', errors: [{ path: 'messages', message: 'must end with a question of the user' }] });
  }
  const allowed = max_completion_tokens ?? max_tokens ?? -1;
  return {
    question: last.content,
    collection,
    history: said.slice(-HISTORY_MESSAGES_MAX).map(({ role, content }) => ({ role, content: shortened(content) })),
    ...(allowed !== -1 && { maxAnswerTokens: Math.min(allowed, ANSWER_TOKENS_MAX) }),
  };
}
