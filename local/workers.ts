import { Miniflare, type MiniflareOptions } from 'miniflare';
import { readWrangler, type Bundle } from './bundle.ts';

/** The functions in workerd: each under its own address on the loopback, as each is deployed on its own. */
export type Workers = {
  urls: Record<string, string>;
  /** Harmless to repeat. */
  close(): Promise<void>;
};

/** workerd does not take the code; the message is its own. */
export class WorkersError extends Error {
  override readonly name = 'WorkersError';
}

/** What workerd said before it gave up: Miniflare's error ends with its log, a JSON object a line. */
function wordsOfWorkerd(error: unknown): string {
  const messages = (error instanceof Error ? error.message : '').matchAll(/^\{.*"message":("(?:[^"\\]|\\.)*").*\}$/gm);
  return [...messages].map(([, message]) => String(JSON.parse(message!)).replace(/^service core:user:/, '')).join('\n');
}

/**
 * Starts every function of `wrangler.toml` in one workerd through Miniflare.
 *
 * @param bindings variables and secrets that each function gets.
 * @param ports by function; 0 or absent takes a free one.
 * @param log gets each line a function logs.
 * @throws WorkersError when workerd does not take a function's code.
 */
export async function startWorkers(options: {
  bindings: Readonly<Record<string, string>>;
  ports?: Readonly<Record<string, number>>;
  log: (line: string) => void;
  bundles: readonly Bundle[];
}): Promise<Workers> {
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = readWrangler();
  const { bundles } = options;
  let isReady = false;
  const config: MiniflareOptions = {
    host: '127.0.0.1',
    port: 0,
    // Nothing is fetched and nothing is reported: the emulator works with the network off.
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    logRequests: false,
    // Before it is ready workerd speaks of code that it does not take; the error says that again.
    handleStructuredLogs: ({ message }) => (isReady ? options.log(message) : undefined),
    workers: bundles.map(({ fn, name, code, services }) => ({
      config: {
        name,
        compatibilityDate,
        compatibilityFlags,
        env: {
          ...Object.fromEntries(Object.entries(options.bindings).map(([key, value]) => [key, { type: 'text' as const, value }])),
          ...Object.fromEntries(services.map(({ binding, service }) => [binding, { type: 'worker' as const, worker: service }])),
        },
        manifest: { mainModule: 'index.js', modules: { 'index.js': { type: 'esm' as const, contents: code } } },
      },
      // Requests go straight to the function's own socket; Miniflare's router would triple their time.
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: options.ports?.[fn] ?? 0 }] },
    })),
  };
  const miniflare = new Miniflare(config);
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {}); // it repeats the error
    const said = wordsOfWorkerd(error);
    throw said === '' ? error : new WorkersError(said, { cause: error });
  }
  isReady = true;
  const urls = await Promise.all(bundles.map(async ({ fn, name }) => [fn, (await miniflare.unsafeGetDirectURL(name)).origin] as const));
  let closing: Promise<void> | null = null;
  return { urls: Object.fromEntries(urls), close: () => (closing ??= miniflare.dispose()) };
}
