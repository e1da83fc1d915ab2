/** How long a service may take to say how it is: one that takes longer is not usable either. */
const ANSWER_MS = 5_000;

export type Answered = { status: number; headers: Headers; text: string; json: unknown };

/** Asks a service; an error in words where there is no answer. */
export async function ask(
  url: string,
  path: string,
  init: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answered | { failed: string }> {
  const { headers = {}, body } = init;
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  } catch (error) {
    return { failed: wordsOf(error) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Why there was no answer, as a clause. */
export function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `did not answer within ${ANSWER_MS / 1_000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'refuses connections: nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a host name that does not resolve';
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'broke the connection: it may speak another protocol';
  if (cause instanceof Error && cause.message === 'bad port') return 'has a port that no HTTP client speaks to (Fetch, port blocking)';
  return `could not be asked (${code || (cause instanceof Error ? cause.name : 'unknown')})`;
}

/** A member of what may be an object. */
export function member(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
}
