import type { Attributes, Trace } from './trace.ts';

/** A `fetch` with a span for each request, which carries the trace and ends when the answer begins. @param named what the span is called. */
export function tracedFetch(
  request: typeof fetch,
  trace: Pick<Trace, 'begin'>,
  named: (address: URL) => { name: string; attributes: Attributes },
): typeof fetch {
  return async (input, init) => {
    const { name, attributes } = named(new URL(input instanceof Request ? input.url : input));
    const span = trace.begin(name, attributes);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    for (const [header, value] of Object.entries(span.headers)) headers.set(header, value);
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
