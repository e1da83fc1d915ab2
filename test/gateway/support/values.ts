import { generateKeyPairSync } from 'node:crypto';

/** Strong values for every placeholder of gateway/kong.yml, all functions at one address. `privateKey` signs RS256 tokens. */
export function testValues(
  functionUrl: string,
  redis: { host: string; port: number },
): { values: Record<string, string>; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const values: Record<string, string> = {
    DECK_REDIS_HOST: redis.host,
    DECK_REDIS_PORT: String(redis.port),
    DECK_SERVICE_TOKEN: 'service-token-0123456789-abcdefghij',
    DECK_API_KEY: 'api-key-0123456789-abcdefghijklmnop',
    DECK_DASHBOARD_JWT_SECRET: 'jwt-secret-0123456789-abcdefghijkl',
    DECK_DASHBOARD_JWT_PUBLIC_KEY: publicKey,
  };
  for (const name of ['SEARCH', 'QUERY', 'INGEST', 'COLLECTIONS', 'STATUS', 'MCP', 'CHAT', 'DOCS'])
    values[`DECK_${name}_URL`] = functionUrl;
  return { values, privateKey };
}
