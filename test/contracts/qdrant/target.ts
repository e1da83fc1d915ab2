import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll } from 'vitest';
import { realServer, standInQdrant } from '../stand-in.ts';

/** What a raw request was answered; `body` is parsed where it is JSON. */
export type Answer = { status: number; type: string; body: unknown };

/** The Qdrant under contract: the stand-in always, the real one when `QDRANT_URL` is set (`QDRANT_API_KEY` beside it). */
export type Target = {
  readonly isReal: boolean;
  readonly url: string;
  readonly client: QdrantClient;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A collection's name that no other run uses; it is removed at the end. */
  fresh(): string;
};

/** Starts the target before the file's tests and removes what they made after them. */
export function qdrantTarget(): Target {
  const real = realServer('QDRANT_URL');
  const apiKey = realServer('QDRANT_API_KEY') ?? undefined;
  const names: string[] = [];
  let url = real ?? '';
  let client: QdrantClient | null = null;
  let close = async (): Promise<void> => undefined;
  const headers = { 'content-type': 'application/json', ...(apiKey !== undefined && { 'api-key': apiKey }) };
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body: raw }) });
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : text };
  };
  beforeAll(async () => {
    if (real === null) {
      const server = await standInQdrant();
      url = server.url;
      close = server.close;
    }
    const { port, protocol } = new URL(url);
    client = new QdrantClient({
      url,
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      apiKey,
      checkCompatibility: false,
    });
  });
  afterAll(async () => {
    for (const name of names) await call('DELETE', `/collections/${name}`);
    await close();
  });
  return {
    isReal: real !== null,
    get url() {
      return url;
    },
    get client() {
      if (client === null) throw new Error('the target is used before it is started');
      return client;
    },
    call,
    fresh: () => {
      const name = `contract-${crypto.randomUUID()}`;
      names.push(name);
      return name;
    },
  };
}

/** The error of an answer in Qdrant's envelope. */
export const problem = (error: unknown): { status: { error: unknown } } => ({ status: { error } });
