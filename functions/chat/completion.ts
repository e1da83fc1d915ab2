import type { Citation, QueryEvent, QueryResponse } from '../_kernel/client/client.ts';
import { ANSWER_TOKENS_DEFAULT } from '../_kernel/limits.ts';
import type { Annotation, Aside, Completion, CompletionChunk, FinishReason, Usage } from './contract.ts';

/** What every part of an answer bears; `created` in seconds since 1970, `maxTokens` as was asked for. */
export type Heading = { id: string; created: number; model: string; maxTokens: number | undefined };

/** What is said where an answer would stand, when the documents have none. */
export const NO_ANSWER = 'The documents of this collection do not answer this question.';

const isWeb = (url: string | null): url is string => url !== null && /^https?:\/\//i.test(url);

/** Every marker of a text with what it stands for; a marker that is used twice is annotated twice. */
export function annotationsOf(text: string, citations: readonly Citation[], collection: string): Annotation[] {
  return [...text.matchAll(/\[(\d+)\]/g)].flatMap(({ 0: marker, 1: number, index }): Annotation[] => {
    const citation = citations.find((one) => one.marker === Number(number));
    if (citation === undefined) return [];
    const { documentId, title, url, quote, start, end } = citation;
    const place = `rag://${collection}/${encodeURIComponent(documentId)}#${start}-${end}`;
    const url_citation = {
      start_index: index,
      end_index: index + marker.length,
      title: title ?? documentId,
      url: isWeb(url) ? url : place,
      quote,
    };
    return [{ type: 'url_citation', url_citation }];
  });
}

const usageOf = ({ usage: { promptTokens, answerTokens } }: QueryResponse): Usage => ({
  prompt_tokens: promptTokens,
  completion_tokens: answerTokens,
  total_tokens: promptTokens + answerTokens,
});

const asideOf = ({ answerable, reason, mode, unsupported, degraded }: QueryResponse): Aside => ({
  answerable,
  ...(reason !== undefined && { reason }),
  mode,
  unsupported,
  degraded,
});

const finishOf = ({ usage }: QueryResponse, { maxTokens = ANSWER_TOKENS_DEFAULT }: Heading): FinishReason =>
  usage.answerTokens >= maxTokens ? 'length' : 'stop';

/** A whole answer as a chat completion. */
export function completionOf(answered: QueryResponse, heading: Heading): Completion {
  const { id, created, model } = heading;
  const content = answered.answer === '' ? NO_ANSWER : answered.answer;
  const annotations = annotationsOf(content, answered.citations, model);
  const message = { role: 'assistant' as const, content, refusal: null, annotations };
  const choice = { index: 0 as const, message, logprobs: null, finish_reason: finishOf(answered, heading) };
  return { id, object: 'chat.completion', created, model, choices: [choice], usage: usageOf(answered), x_rag: asideOf(answered) };
}

/**
 * The events of a streamed answer as chunks of a chat completion: the role, the text as it comes, its annotations with the reason of
 * the end, and with `includeUsage` one without choices that has the usage.
 */
export async function* chunksOf(
  events: AsyncIterable<QueryEvent>,
  heading: Heading,
  includeUsage: boolean,
): AsyncGenerator<CompletionChunk, void, undefined> {
  const { id, created, model } = heading;
  const common = { id, object: 'chat.completion.chunk' as const, created, model };
  // With usage asked for, it is null in every chunk but the last (OpenAI, "stream_options").
  const chunk = (delta: CompletionChunk['choices'][number]['delta'], finish_reason: FinishReason | null = null): CompletionChunk => ({
    ...common,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(includeUsage && { usage: null }),
  });
  let sent = '';
  yield chunk({ role: 'assistant', content: '' });
  for await (const { event, data } of events) {
    if (event === 'token') {
      sent += data.text;
      yield chunk({ content: data.text });
    } else if (event === 'done') {
      if (sent.trim() === '') yield chunk({ content: NO_ANSWER });
      const annotations = annotationsOf(sent, data.citations, model);
      yield { ...chunk(annotations.length === 0 ? {} : { annotations }, finishOf(data, heading)), x_rag: asideOf(data) };
      if (includeUsage) yield { ...common, choices: [], usage: usageOf(data) };
    }
  }
}
