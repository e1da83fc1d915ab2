import { CLIENT_BACKOFF_MAX_MS, CLIENT_BACKOFF_MS, CLIENT_RETRY_AFTER_MAX_MS } from '../limits.ts';
import { isObject, parsed, RagError, refusal } from './error.ts';

/** Time and chance, as they are or as a test has them. */
export type World = { sleep(ms: number, signal: AbortSignal | undefined): Promise<void>; random(): number; now(): number };
/** A way to the service: where it is, who asks, and how. */
export type Link = { base: string; credential: Readonly<Record<string, string>>; fetch: typeof fetch; world: World; retries: number };

/** A request whose body can be sent more than once; it is only if `repeatable`. */
export type Call = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  parameters?: Record<string, string | number | undefined>;
  json?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  repeatable: boolean;
  signal?: AbortSignal | undefined;
};

/** Waits, or rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal?.aborted === true) leave();
    else signal?.addEventListener('abort', leave);
  });
}

/** What an interrupted exchange is to the caller: his own reason when he aborted, `unreachable` otherwise. */
export function interrupted(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof RagError) return error;
  return new RagError('The service cannot be reached, or the connection broke.', { code: 'unreachable' }, { cause: error });
}

async function once<T>(
  link: Link,
  call: Call,
  read: (response: Response) => Promise<T>,
  isAnswer: (status: number) => boolean,
): Promise<T> {
  const { method, path, parameters = {}, json, form, headers, signal } = call;
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) search.set(key, String(value));
  const body = json === undefined ? form : JSON.stringify(json);
  try {
    signal?.throwIfAborted();
    const response = await link.fetch(`${link.base}/api/v1/rag${path}${search.size === 0 ? '' : `?${search.toString()}`}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
        ...link.credential,
      },
      redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
    if (!isAnswer(response.status)) throw refusal(response, await response.text(), link.world.now());
    return await read(response);
  } catch (error) {
    throw interrupted(error, signal);
  }
}

/** Milliseconds until another attempt is worth it; null when none is: the next would fail the same way, or has to wait too long. */
function pauseMs(error: unknown, attempt: number, { retries, world: { random } }: Link): number | null {
  if (!(error instanceof RagError) || attempt >= retries) return null;
  if (error.code !== 'unreachable' && ![429, 502, 503].includes(error.status)) return null;
  const after = error.retryAfterMs ?? 0;
  if (after > CLIENT_RETRY_AFTER_MAX_MS) return null;
  return after + random() * Math.min(CLIENT_BACKOFF_MAX_MS, CLIENT_BACKOFF_MS * 2 ** attempt);
}

/**
 * Asks, and asks again what is repeatable: when nobody answered, or with 429, 502 and 503; twice at most, after `Retry-After` (which is
 * not waited for beyond 10 s) and full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param read what to make of an answer; a connection that breaks meanwhile counts as no answer.
 * @throws RagError; or the reason of the call's signal, once that aborts.
 */
export async function exchange<T>(
  link: Link,
  call: Call,
  read: (response: Response) => Promise<T>,
  isAnswer = (status: number): boolean => status >= 200 && status < 300,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(link, call, read, isAnswer);
    } catch (error) {
      const wait = call.repeatable ? pauseMs(error, attempt, link) : null;
      if (wait === null) throw error;
      await link.world.sleep(wait, call.signal);
    }
  }
}

/** The error of an answer that is not what was asked for: something stands between, or it is another version. */
export const unexpected = (response: Response): RagError =>
  new RagError('The answer is not one of this service; is this its address?', {
    code: 'unexpected_answer',
    status: response.status,
    requestId: response.headers.get('x-request-id'),
  });

/** Reads an answer that is a JSON object. @throws RagError `unexpected_answer`. */
export async function readJson<T>(response: Response): Promise<T> {
  const body = parsed(await response.text());
  if (!isObject(body)) throw unexpected(response);
  return body as T;
}
