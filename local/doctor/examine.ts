import { readControlFile } from '../control.ts';
import { isAlive } from '../processes.ts';
import { examineIndex } from './collections.ts';
import type { Finding } from './finding.ts';
import { examineGateway } from './gateway.ts';
import { examineNode } from './node.ts';
import { examineOllama } from './ollama.ts';
import { examinePorts } from './ports.ts';
import { examineQdrant } from './qdrant.ts';
import { examineRedis } from './redis.ts';
import { examineSettings } from './settings.ts';

/** Where and what is examined. */
export type Patient = {
  envFile: string;
  /** The file that explains every key. */
  exampleFile: string;
  dataDir: string;
  env: Readonly<Record<string, string | undefined>>;
  nodeVersion: string;
  /** Milliseconds since 1970. */
  now: () => number;
};

/** The URL as it can be asked: what is wrong with it has been told. */
function asked(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const plain = new URL(url);
  if (!plain.protocol.startsWith('http')) return url;
  [plain.username, plain.password] = ['', ''];
  return plain.href;
}

/** Examines everything that an installation stands on, changing nothing; takes as long as the slowest service, at most seconds. */
export async function examine({ envFile, exampleFile, dataDir, env, nodeVersion, now }: Patient): Promise<Finding[]> {
  const { settings, findings } = examineSettings(envFile, exampleFile, env);
  const told = readControlFile(dataDir);
  const main = told?.processes[0];
  const running = main !== undefined && isAlive(main) ? told : null;
  const real = Object.fromEntries(Object.entries(settings.real).map(([key, url]) => [key, asked(url)]));
  const sound = { ...settings, real: { ...settings.real, ...real } };
  const [ports, redis, qdrant, ollama, gateway] = await Promise.all([
    examinePorts(sound, told),
    examineRedis(sound.real.redis, running, now),
    examineQdrant(sound, running),
    examineOllama(sound, running),
    examineGateway(sound, running),
  ]);
  const index = await examineIndex(qdrant.readable, dataDir, sound.real.qdrant === null, ollama.embedding);
  return [
    ...examineNode(nodeVersion, process.platform),
    ...findings,
    ...ports,
    ...redis,
    ...qdrant.findings,
    ...ollama.findings,
    ...index,
    ...gateway,
  ];
}
