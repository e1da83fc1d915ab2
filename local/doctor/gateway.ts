import type { ControlFile } from '../control.ts';
import type { Settings } from '../settings.ts';
import { findingsOn, shownUrl, type Finding } from './finding.ts';
import { ask, member } from './http.ts';

const { ok, note, wrong } = findingsOn('gateway');

const BASE = '/api/v1/rag';
const RENDER = 'npm run --silent gateway:render > kong.rendered.yml, and load that';

/** Whether requests get through to a function. @returns null when they do. */
async function reachProblem(url: string): Promise<Finding | null> {
  const at = shownUrl(url);
  const health = await ask(url, `${BASE}/status/health`);
  if ('failed' in health) return wrong(`${at} ${health.failed}`, 'start the gateway there, or correct GATEWAY_URL');
  if (member(health.json, 'circuitBreakers') !== undefined) return null;
  if (member(health.json, 'code') === 'service_token_invalid')
    return wrong(`${at} shows the functions another service token than theirs`, `give it this SERVICE_TOKEN: ${RENDER}`);
  if (health.status === 404) return wrong(`${at} has no route to the service`, `load gateway/kong.yml: ${RENDER}`);
  if (health.status >= 500)
    return wrong(
      `${at} answers ${health.status}: no function answers behind it`,
      'start them with npm start, or correct the DECK_…_TARGET addresses',
    );
  return wrong(`${at} answers ${health.status} where health is open to everyone`, `load gateway/kong.yml: ${RENDER}`);
}

async function examineKey(url: string, apiKey: string): Promise<Finding> {
  const { status } = { status: 0, ...(await ask(url, `${BASE}/collections`, { headers: { apikey: apiKey } })) };
  if (status === 401) return wrong('API_KEY is not known to it', `set API_KEY to a key that it knows, or give it this one: ${RENDER}`);
  if (status === 403) return wrong('the consumer of API_KEY has no role reader', 'add it to the group reader in gateway/kong.yml');
  if (status === 429) return wrong('the consumer of API_KEY has used up its rate limit', 'wait a minute and ask again');
  return ok('API_KEY is accepted');
}

/** A caller who knows the service token and no key must not get in: the token is for the gateway alone to show. */
async function examineStranger(url: string, serviceToken: string): Promise<Finding> {
  const headers = { 'x-service-token': serviceToken, 'x-consumer-custom-id': 'developer', 'x-consumer-groups': 'reader,writer,admin' };
  const answer = await ask(url, `${BASE}/collections`, { headers });
  if (!('failed' in answer) && (answer.status === 401 || answer.status === 403)) return ok('a service token from outside opens nothing');
  return wrong('it lets in whoever shows a service token', `its request-transformer must remove X-Service-Token first: ${RENDER}`);
}

/** Whether the gateway can be reached, takes the key, and believes nobody's service token. */
export async function examineGateway(settings: Settings, running: ControlFile | null): Promise<Finding[]> {
  const url = settings.real.gateway ?? running?.addresses.gateway ?? null;
  if (url === null) return [note(`GATEWAY_URL is not set: npm start will serve gateway/kong.yml on port ${settings.port}`)];
  const problem = await reachProblem(url);
  if (problem !== null) return [problem];
  const reached = ok(`${shownUrl(url)} reaches the functions`);
  return [reached, ...(await Promise.all([examineKey(url, settings.apiKey), examineStranger(url, settings.serviceToken)]))];
}
