import { startInThread, type StandIn } from '../thread.ts';

/** What the functions run against: their configuration, and which of the services are real. */
export type World = { env: Record<string, string>; real: string[]; close(): Promise<void> };

const SERVICES = { QDRANT_URL: 'qdrant', OLLAMA_URL: 'ollama', REDIS_URL: 'redis' } as const;
const PASSED_ON = ['QDRANT_API_KEY', 'OLLAMA_NUM_CTX', 'BREAKER_OPEN_MS'];

/** Callers are vouched for inside this process only. */
export const SERVICE_TOKEN = 'service-token-of-the-evaluation-0123456789';

function standInFor(kind: (typeof SERVICES)[keyof typeof SERVICES]): StandIn {
  return kind === 'qdrant' ? { kind, options: { dataDir: null } } : { kind, options: {} };
}

/**
 * Starts a stand-in for each service that has no address in `variables` (`QDRANT_URL`, `OLLAMA_URL`, `REDIS_URL`), each in a thread of
 * its own; nothing of theirs is kept.
 *
 * @throws Error when a real Ollama is named without its embedding model, or a stand-in cannot start.
 */
export async function openWorld(variables: Readonly<Record<string, string | undefined>>): Promise<World> {
  const ownModel = variables['OLLAMA_EMBEDDING_MODEL'];
  if (variables['OLLAMA_URL'] && !ownModel)
    throw new Error('OLLAMA_EMBEDDING_MODEL is missing: name an embedding model of your Ollama, such as nomic-embed-text');
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => void (await Promise.all(opened.map((one) => one.close())));
  const real: string[] = [];
  const addresses: Record<string, string> = {};
  try {
    await Promise.all(
      Object.entries(SERVICES).map(async ([key, kind]) => {
        const given = variables[key];
        if (given) {
          real.push(key);
          addresses[key] = given;
          return;
        }
        const started = await startInThread(standInFor(kind));
        opened.push(started);
        addresses[key] = started.url;
      }),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    env: {
      SERVICE_TOKEN,
      ...addresses,
      OLLAMA_EMBEDDING_MODEL: variables['OLLAMA_URL'] && ownModel ? ownModel : 'emulated-embed',
      // Answers are extractive: no model writes, so none has to be there.
      OLLAMA_GENERATION_MODEL: variables['OLLAMA_GENERATION_MODEL'] || 'emulated-extract',
      // A machine that evaluates is busy; a late Redis must not change what is measured.
      REDIS_TIMEOUT_MS: '5000',
      ...Object.fromEntries(PASSED_ON.flatMap((key) => (variables[key] ? [[key, variables[key]]] : []))),
    },
    real: real.toSorted(),
    close,
  };
}
