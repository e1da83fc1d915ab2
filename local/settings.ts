import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { ROOT } from './bundle.ts';

/** Where the emulator's own settings are kept. */
export const ENV_FILE = `${ROOT}.env`;

/** A setting is missing or wrong; the message names every one of them and what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The keys and values of a file in dotenv's form; none when there is no file. */
export const readEnvFile = (file: string): Record<string, string> => (existsSync(file) ? parse(readFileSync(file, 'utf8')) : {});

/** What the emulator and the command line read from `.env`; a variable of the process comes first. */
export type Settings = {
  apiKey: string;
  serviceToken: string;
  jwt: { secret: string; publicKey: string };
  port: number;
  /** Real services in place of stand-ins; null where the stand-in is used. */
  real: { redis: string | null; qdrant: string | null; ollama: string | null; gateway: string | null };
  qdrantApiKey: string | null;
  embeddingModel: string | null;
  generationModel: string | null;
  /** How the Ollama stand-in behaves; unset keys leave its own defaults. */
  emulatedOllama: { coldLoadMs?: number; parallel?: number; maxQueue?: number };
  /** What the functions take as it is, where it is set. */
  tuning: Record<string, string>;
};

/** Checked by the functions themselves (`functions/_kernel/env.ts`). */
const TUNING = [
  'OLLAMA_NUM_CTX',
  'BREAKER_OPEN_MS',
  'REDIS_TIMEOUT_MS',
  'METRICS_TOKEN',
  'CACHE_TTL_SECONDS',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
];
/** Whoever tries out prompts, or breaks things on purpose, wants every answer made anew. */
const UNCACHED = { CACHE_TTL_SECONDS: '0' };

const secret = () => randomBytes(32).toString('hex');

/** A first start makes secrets of its own, so that no two installations share one. */
function firstEnv(): string {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (key: typeof keys.publicKey, type: 'spki' | 'pkcs8') => key.export({ type, format: 'pem' }).toString().trim();
  return `# Made by the first start. Every key is explained in .env.example. Never commit this file.
API_KEY=${secret()}
SERVICE_TOKEN=${secret()}
DECK_DASHBOARD_JWT_SECRET=${secret()}
DECK_DASHBOARD_JWT_PUBLIC_KEY="${pem(keys.publicKey, 'spki')}"
DECK_DASHBOARD_JWT_PRIVATE_KEY="${pem(keys.privateKey, 'pkcs8')}"
`;
}

/** Writes `.env` with fresh secrets, readable by its owner only, unless there is one. @returns whether it did. */
export function ensureEnv(file = ENV_FILE): boolean {
  if (existsSync(file)) return false;
  writeFileSync(file, firstEnv(), { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return true;
}

/** Fetch refuses such a URL outright (Fetch standard, `Request` constructor). */
const carriesCredentials = (url: string): boolean => new URL(url).username !== '' || new URL(url).password !== '';

/** Adds fresh secrets under these names, where neither `.env` nor the process has one. @returns the names of those that were made. */
export function ensureSecrets(
  names: readonly string[],
  file = ENV_FILE,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  const kept = readEnvFile(file);
  const missing = names.filter((name) => !(env[name] || kept[name]));
  const begun = existsSync(file) && !readFileSync(file, 'utf8').endsWith('\n') ? '\n' : '';
  if (missing.length > 0) appendFileSync(file, begun + missing.map((name) => `${name}=${secret()}\n`).join(''), { mode: 0o600 });
  return missing;
}

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Reads the settings of a file and a process, with a sentence for every key that is missing or wrong; never a value. */
export function inspectSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): { settings: Settings; problems: string[] } {
  const kept = readEnvFile(file);
  const problems: string[] = [];
  const value = (key: string): string | null => env[key] || kept[key] || null;
  const secretOf = (key: string): string => {
    const given = value(key) ?? '';
    if (bytes(given) < 32)
      problems.push(`${key} ${given === '' ? 'is missing' : 'is shorter than 32 bytes'}; make one with: openssl rand -hex 32`);
    else if (/['"\\\s]/.test(given)) problems.push(`${key} holds a quote, a backslash or a space; use letters and digits`);
    return given;
  };
  const publicKeyOf = (key: string): string => {
    const given = value(key) ?? '';
    if (!given.includes('-----BEGIN PUBLIC KEY-----')) problems.push(`${key} is not a PEM public key in quotes`);
    return given;
  };
  const urlOf = (key: string, protocols: string[]): string | null => {
    const given = value(key);
    if (given !== null && !(URL.canParse(given) && protocols.includes(new URL(given).protocol)))
      problems.push(`${key} must be a URL that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`);
    else if (given !== null && protocols.includes('http:') && carriesCredentials(given))
      problems.push(`${key} carries a user or a password, which no client sends; let these machines through without them`);
    return given;
  };
  const wholeNumberOf = (key: string, least: number, most: number): number | undefined => {
    const given = value(key);
    if (given === null) return undefined;
    if (!/^\d+$/.test(given) || Number(given) < least || Number(given) > most)
      problems.push(`${key} must be a whole number from ${least} to ${most}`);
    return Number(given);
  };
  const coldLoadMs = wholeNumberOf('EMULATED_OLLAMA_LOAD_MS', 0, 600_000);
  const parallel = wholeNumberOf('EMULATED_OLLAMA_NUM_PARALLEL', 1, 1_000);
  const maxQueue = wholeNumberOf('EMULATED_OLLAMA_MAX_QUEUE', 0, 100_000);
  const port = Number(value('PORT') ?? 8000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('PORT must be a whole number from 0 to 65535');
  const settings: Settings = {
    apiKey: secretOf('API_KEY'),
    serviceToken: secretOf('SERVICE_TOKEN'),
    jwt: {
      secret: secretOf('DECK_DASHBOARD_JWT_SECRET'),
      publicKey: publicKeyOf('DECK_DASHBOARD_JWT_PUBLIC_KEY'),
    },
    port,
    real: {
      redis: urlOf('REDIS_URL', ['redis:', 'rediss:']),
      qdrant: urlOf('QDRANT_URL', ['http:', 'https:']),
      ollama: urlOf('OLLAMA_URL', ['http:', 'https:']),
      gateway: urlOf('GATEWAY_URL', ['http:', 'https:']),
    },
    qdrantApiKey: value('QDRANT_API_KEY'),
    embeddingModel: value('OLLAMA_EMBEDDING_MODEL'),
    generationModel: value('OLLAMA_GENERATION_MODEL'),
    emulatedOllama: {
      ...(coldLoadMs !== undefined && { coldLoadMs }),
      ...(parallel !== undefined && { parallel }),
      ...(maxQueue !== undefined && { maxQueue }),
    },
    tuning: { ...UNCACHED, ...Object.fromEntries(TUNING.flatMap((key) => (value(key) === null ? [] : [[key, value(key)!]]))) },
  };
  if (settings.real.ollama !== null) {
    if (settings.embeddingModel === null)
      problems.push('OLLAMA_EMBEDDING_MODEL must name a model of your Ollama, such as nomic-embed-text');
    if (settings.generationModel === null) problems.push('OLLAMA_GENERATION_MODEL must name a model of your Ollama, such as llama3.2');
  }
  return { settings, problems };
}

/**
 * Reads the settings of a file and a process.
 *
 * @throws SettingsError naming every key that is missing or wrong; never a value.
 */
export function readSettings(file: string, env: Readonly<Record<string, string | undefined>>): Settings {
  const { settings, problems } = inspectSettings(file, env);
  if (problems.length > 0) throw new SettingsError(`${file} is not usable: ${problems.join('; ')}.`);
  return settings;
}
