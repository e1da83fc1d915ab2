import type { Context } from 'hono';
import type { App } from './app.ts';

/** Lets a request count as ended (its log line, its duration) when its body was read to the end or given up, and not before. */
export function untilSent(c: Context<App>, response: Response): Response {
  if (response.body === null) return response;
  const sent = Promise.withResolvers<void>();
  c.get('held').push(sent.promise);
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      sent.resolve();
    },
    async cancel(reason) {
      sent.resolve();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
