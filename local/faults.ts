import http from 'node:http';
import { listenerOf } from './listener.ts';

export const FAULT_MODES = ['up', 'down', 'slow', 'error', 'cut', 'oom', 'full'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/**
 * One injected fault, as plain data.
 *
 * `route`: a path prefix (`/api/chat`), or a regular expression after `~` (`~/points/query$`, as Kong marks one); absent: every route.
 * `share`: the part of the matching calls that it strikes, 0–1, default 1. `delayMs`: for `slow`, default 5000.
 */
export type InjectedFault = { mode: FaultMode; delayMs?: number; route?: string; share?: number };

/** The handle by which a stand-in is broken and mended at run time; `set` and `clear` resolve once the change holds. */
export type Faults = {
  set: (fault: InjectedFault) => Promise<void>;
  clear: () => Promise<void>;
  current: () => InjectedFault;
};

/** What the product itself answers when it fails: the stand-in's own error body for each mode that has one, by method and path where it matters. */
export type FaultAnswers = Record<
  'error' | 'oom' | 'full',
  { status: number; headers?: Record<string, string>; body: string | ((method: string, path: string) => string) }
>;

export const SLOW_DEFAULT_MS = 5_000;

/**
 * Checks plain data (a control request, a command line) and returns it as a fault.
 *
 * Throws a `TypeError` that names the wrong field and what it may be.
 */
export function parseFault(value: unknown): InjectedFault {
  if (typeof value !== 'object' || value === null) throw new TypeError(`a fault is an object such as {"mode":"down"}`);
  const { mode, delayMs, route, share, ...rest }: Record<string, unknown> = { ...value };
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw new TypeError(`${unknown}: unknown; a fault has mode, delayMs, route and share`);
  const known = FAULT_MODES.find((name) => name === mode);
  if (known === undefined) throw new TypeError(`mode: must be one of ${FAULT_MODES.join(', ')}`);
  if (delayMs !== undefined && !(typeof delayMs === 'number' && delayMs >= 0 && delayMs <= 600_000))
    throw new TypeError('delayMs: must be milliseconds between 0 and 600000');
  if (share !== undefined && !(typeof share === 'number' && share >= 0 && share <= 1))
    throw new TypeError('share: must be a number between 0 and 1');
  if (route !== undefined && !(typeof route === 'string' && /^[/~]/.test(route)))
    throw new TypeError('route: must be a path prefix that starts with /, or a regular expression after ~');
  if (typeof route === 'string') routeMatcher(route);
  return {
    mode: known,
    ...(delayMs !== undefined && { delayMs }),
    ...(route !== undefined && { route }),
    ...(share !== undefined && { share }),
  };
}

/** Tells whether a path is struck; a bad regular expression throws a `TypeError` here, not at the first request. */
function routeMatcher(route: string | undefined): (path: string) => boolean {
  if (route === undefined) return () => true;
  if (!route.startsWith('~')) return (path) => path.startsWith(route);
  try {
    const pattern = new RegExp(route.slice(1));
    return (path) => pattern.test(path);
  } catch (cause) {
    throw new TypeError(`route: ${route.slice(1)} is not a regular expression`, { cause });
  }
}

/** Keeps the current fault and decides call by call; `changed` is awaited before `set` resolves, one change at a time. */
export function faultState(options: {
  random?: () => number;
  changed?: (fault: InjectedFault) => Promise<void>;
}): Faults & { strike(path: string): InjectedFault | null } {
  const random = options.random ?? Math.random;
  let fault: InjectedFault = { mode: 'up' };
  let matches = routeMatcher(undefined);
  let settled: Promise<void> = Promise.resolve();
  const set = (next: InjectedFault): Promise<void> => {
    const checked = parseFault(next);
    const apply = async (): Promise<void> => {
      fault = checked;
      matches = routeMatcher(checked.route);
      await options.changed?.(checked);
    };
    settled = settled.then(apply, apply);
    return settled;
  };
  return {
    set: async (next) => set(next),
    clear: async () => set({ mode: 'up' }),
    current: () => ({ ...fault }),
    strike: (path) => (fault.mode !== 'up' && matches(path) && (fault.share ?? 1) > random() ? fault : null),
  };
}

/** Whether the fault takes the whole listener away, so that a connect is refused. */
export function isListenerDown(fault: InjectedFault): boolean {
  return fault.mode === 'down' && fault.route === undefined && (fault.share ?? 1) === 1;
}

/**
 * Serves `handler` over HTTP with faults that can be injected at run time.
 *
 * `down` closes the listener and every connection (a connect is refused) and `up` listens on the same port again; limited to a route
 * or a share it drops the connections of the calls it strikes. `cut` ends the connection in the middle of the body. Port 0: any free one.
 */
export async function serveWithFaults(options: {
  port?: number;
  host?: string;
  handler: http.RequestListener;
  answers: FaultAnswers;
  random?: () => number;
  wait?: (ms: number) => Promise<void>;
}): Promise<{ url: string; faults: Faults; close(): Promise<void> }> {
  const host = options.host ?? '127.0.0.1';
  const wait = options.wait ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const server = http.createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const fault = faults.strike(path);
    if (fault === null) return options.handler(request, response);
    if (fault.mode === 'down') return request.socket.destroy();
    if (fault.mode === 'slow') {
      void wait(fault.delayMs ?? SLOW_DEFAULT_MS).then(() => (request.socket.destroyed ? undefined : options.handler(request, response)));
      return;
    }
    if (fault.mode === 'cut') {
      cutInTheMiddle(response);
      return options.handler(request, response);
    }
    if (fault.mode === 'up') return;
    const { status, headers, body } = options.answers[fault.mode];
    request.resume();
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : body(request.method ?? 'GET', path));
  });
  const listener = listenerOf(server, { host, port: options.port ?? 0, drop: () => server.closeAllConnections() });
  const faults = faultState({
    ...(options.random && { random: options.random }),
    changed: (fault) => (isListenerDown(fault) ? listener.stop() : listener.isListening() ? Promise.resolve() : listener.listen()),
  });
  await listener.listen();
  return { url: listener.url('http'), faults, close: () => listener.stop() };
}

/** Sends half of a single body, or the first piece of a streamed one, and then destroys the connection. */
function cutInTheMiddle(response: http.ServerResponse): void {
  const write = response.write.bind(response) as (chunk: unknown, done: () => void) => boolean;
  const sever = (): void => void response.socket?.destroy();
  let firstPiece: Promise<void> | null = null;
  const send = (chunk: unknown): Promise<void> => new Promise((resolve) => write(chunk, resolve));
  response.write = ((chunk: unknown) => {
    if (firstPiece === null) firstPiece = send(chunk);
    else void firstPiece.then(sever);
    return true;
  }) as typeof response.write;
  response.end = ((chunk?: unknown) => {
    const body = typeof chunk === 'string' ? Buffer.from(chunk) : chunk instanceof Uint8Array ? Buffer.from(chunk) : null;
    const half = body === null || body.length < 2 ? Promise.resolve() : send(body.subarray(0, body.length >> 1));
    void (firstPiece ?? half).then(sever);
    return response;
  }) as typeof response.end;
}
