import { createParser } from 'eventsource-parser';
import { isObject, isProblem, ofProblem, parsed, RagError } from './error.ts';
import { exchange, interrupted, unexpected, type Call, type Link } from './exchange.ts';

type Opened = { response: Response; body: ReadableStream<Uint8Array> };
async function opened(response: Response): Promise<Opened> {
  const { headers, body } = response;
  if (headers.get('content-type')?.startsWith('text/event-stream') === true && body !== null) return { response, body };
  await response.body?.cancel();
  throw unexpected(response);
}

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) as they come, to `done` and no further; nothing is resumed.
 *
 * Heartbeats, and events that are not in `names`, are passed over. Whoever leaves the loop ends the request, and so the work behind it.
 * @throws RagError for an `error` event, for `stream_cut` when it ends without `done`, for `unexpected_answer` when an event's data is
 * none of the service's; or the reason of the call's signal.
 */
export async function* events<E extends { event: string; data: unknown }>(
  link: Link,
  call: Call,
  names: readonly E['event'][],
): AsyncGenerator<E, void, undefined> {
  const left = new AbortController();
  const signal = call.signal === undefined ? left.signal : AbortSignal.any([call.signal, left.signal]);
  const { response, body } = await exchange(link, { ...call, signal, headers: { accept: 'text/event-stream' } }, opened);
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const ready: { event: string; text: string }[] = [];
  const parser = createParser({ onEvent: ({ event = 'message', data }) => ready.push({ event, text: data }) });
  const cut = (cause?: unknown) => new RagError('The stream broke off before its end.', { code: 'stream_cut' }, { cause });
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? interrupted(error, signal) : cut(error);
      });
      if (done) throw cut();
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { event, text } of ready.splice(0)) {
        if (event !== 'error' && !names.includes(event)) continue;
        const data = parsed(text);
        if (event === 'error' && isProblem(data)) throw ofProblem(data);
        if (event === 'error' || !isObject(data)) throw unexpected(response);
        yield { event, data } as E;
        if (event === 'done') return;
      }
    }
  } finally {
    left.abort();
    await reader.cancel().catch(() => {}); // it has ended, or is broken: there is nothing left to cancel
  }
}
