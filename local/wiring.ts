import { readFileSync } from 'node:fs';
import { render } from '../gateway/render.ts';
import { ROOT } from './bundle.ts';
import type { Settings } from './settings.ts';

// What each part of the emulator is told of the others.

/** With a gateway of one's own in front, the functions must be where it was told they are. */
export const FUNCTION_PORTS = {
  search: 8101,
  query: 8102,
  ingest: 8103,
  collections: 8104,
  status: 8105,
  mcp: 8106,
  chat: 8107,
  docs: 8108,
};

/** The models that answer: the configured ones, or those of the Ollama stand-in. */
export function modelsOf(settings: Settings): { embedding: string; generation: string } {
  return { embedding: settings.embeddingModel ?? 'emulated-embed', generation: settings.generationModel ?? 'emulated-extract' };
}

/** The variables of every function. */
export function bindingsOf(settings: Settings, urls: { redis: string; qdrant: string; ollama: string }): Record<string, string> {
  const models = modelsOf(settings);
  return {
    SERVICE_TOKEN: settings.serviceToken,
    QDRANT_URL: urls.qdrant,
    ...(settings.qdrantApiKey !== null && { QDRANT_API_KEY: settings.qdrantApiKey }),
    OLLAMA_URL: urls.ollama,
    OLLAMA_EMBEDDING_MODEL: models.embedding,
    OLLAMA_GENERATION_MODEL: models.generation,
    REDIS_URL: urls.redis,
    ...settings.tuning,
  };
}

/** Where the dashboard is, unless its port is taken. */
export const DASHBOARD_URL = 'http://localhost:3103';

/** The local gateway's declarative file, filled in. @param dashboardUrl the one origin that it admits from browsers. */
export function gatewayFile(
  settings: Settings,
  redisUrl: string,
  functions: Readonly<Record<string, string>>,
  dashboardUrl = DASHBOARD_URL,
): string {
  const redis = new URL(redisUrl);
  const addresses = Object.entries(functions).map(([fn, url]) => [`DECK_${fn.toUpperCase()}_URL`, url] as const);
  return render(readFileSync(`${ROOT}gateway/kong.yml`, 'utf8'), {
    ...Object.fromEntries(addresses),
    DECK_DASHBOARD_ORIGIN: dashboardUrl,
    DECK_REDIS_HOST: redis.hostname,
    DECK_REDIS_PORT: redis.port || '6379',
    DECK_SERVICE_TOKEN: settings.serviceToken,
    DECK_API_KEY: settings.apiKey,
    DECK_DASHBOARD_JWT_SECRET: settings.jwt.secret,
    DECK_DASHBOARD_JWT_PUBLIC_KEY: settings.jwt.publicKey,
  });
}
