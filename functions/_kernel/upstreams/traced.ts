import type { Trace } from '../telemetry/trace.ts';

/** A fetch to Ollama with a span for each request, which ends when the answer begins. */
export function traced(request: typeof fetch, trace: Pick<Trace, 'begin'>): typeof fetch {
  return async (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input);
    const span = trace.begin(`ollama ${address.pathname}`, { 'gen_ai.provider.name': 'ollama', 'server.address': address.hostname });
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(span.headers)) headers.set(name, value);
    try {
      const response = await request(input, { ...init, headers });
      span.end({ failed: !response.ok, attributes: { 'http.response.status_code': response.status } });
      return response;
    } catch (error) {
      span.end({ failed: true, attributes: { 'error.type': 'connection' } });
      throw error;
    }
  };
}
