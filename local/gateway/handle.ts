import { finish } from './begin.ts';
import type { Exchange, Match } from './exchange.ts';
import { BodyCut, readBody } from './http/body.ts';
import { exit, refuse, type Answer } from './http/answer.ts';
import { valueOf, valuesOf } from './http/fields.ts';
import { malformation } from './http/malformation.ts';
import { escapePath, normalisePath, pathOf } from './http/path.ts';
import { CLOSING, trouble } from './http/trouble.ts';
import type { Handlers } from './plugin.ts';
import { respond } from './respond.ts';
import type { Site } from './site.ts';
import { NoPeer } from './upstream/balancer.ts';
import { forward } from './upstream/forward.ts';
import { forwarded, hostOf, removeHopByHop } from './upstream/request-fields.ts';
import { Trouble, type Pool } from './upstream/send.ts';

/** What every request is handled with; `site` is read anew each time, so that a reload takes effect. */
export type Desk = { site(): Site; agents: Pool; port(): number; now(): number; log(line: string): void };

function findRoute(exchange: Exchange, site: Site, port: number): Match | null {
  const { headers } = exchange;
  return site.route({
    method: exchange.method,
    path: normalisePath(pathOf(exchange.target)),
    host: valueOf(headers, 'host'),
    port,
    header: (name) => valuesOf(headers, name),
  });
}

/** Answers plain HTTP on a route that is only for HTTPS. */
function wantsHttps(exchange: Exchange, { route }: Match): Answer | null {
  if (route.protocols.includes('http')) return null;
  const status = route.httpsRedirectStatus;
  if (status === 426) {
    const headers = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'TLS/1.2, HTTP/1.1'],
    ] as const;
    return refuse(exchange, 426, 'Please use HTTPS protocol', headers);
  }
  return { status, body: '', headers: [['Location', `https://${hostOf(valueOf(exchange.headers, 'host'))}${exchange.target}`]] };
}

/**
 * Runs the access phase: every configured plugin is collected for the later phases, also after one has answered.
 *
 * A plugin that fails is answered by a 500, as in Kong.
 */
async function runAccess(exchange: Exchange, site: Site, log: (line: string) => void): Promise<Answer | null> {
  const collected: Handlers[] = [];
  exchange.collected = collected;
  let answer: Answer | null = null;
  for (const configured of site.plugins) {
    const handlers = configured.pick(exchange);
    if (handlers === null) continue;
    collected.push(handlers);
    if (answer !== null || handlers.access === undefined) continue;
    try {
      const result = handlers.access(exchange);
      answer = (result instanceof Promise ? await result : result) ?? null;
    } catch (error) {
      if (error instanceof BodyCut) throw error;
      log(`${configured.name}: ${(error as Error).message}`);
      answer = exit(500, { message: 'An unexpected error occurred' });
    }
  }
  return answer;
}

/** The address of a service, or the answer that there is none. */
async function pickPeer(exchange: Exchange, site: Site): Promise<Answer | Awaited<ReturnType<Site['balancer']['pick']>>> {
  try {
    return await site.balancer.pick(exchange.match!.service!);
  } catch (error) {
    if (error instanceof NoPeer) return refuse(exchange, 503, error.message);
    throw error;
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BodyCut) return 400;
  if (error instanceof Trouble) return error.kind === 'timeout' ? 504 : 502;
  return error instanceof NoPeer ? 503 : 500;
}

/** Takes a request through routing, plugins and its service. Never rejects. */
export async function handle(exchange: Exchange, desk: Desk): Promise<void> {
  const site = desk.site();
  const { now, log } = desk;
  const { response, request } = exchange;
  exchange.collected = site.globals;
  response.once('close', () => finish(exchange));
  const answerWith = (answer: Answer): void => respond(exchange, answer, now());
  try {
    const status = malformation(exchange);
    if (status !== null) return respond(exchange, trouble(exchange, status), now(), { close: CLOSING.has(status) });
    const match = findRoute(exchange, site, desk.port());
    if (match === null) return answerWith(refuse(exchange, 404, 'no Route matched with those values'));
    exchange.match = match;
    const upgrade = wantsHttps(exchange, match);
    if (upgrade !== null) return answerWith(upgrade);
    exchange.path = escapePath(match.path);
    if (match.route.preserveHost) exchange.host = valueOf(exchange.headers, 'host') ?? null;
    const info = forwarded(exchange, match);
    const answer = await runAccess(exchange, site, log);
    if (answer !== null) return answerWith(answer);
    if (match.service === null) return answerWith(refuse(exchange, 503, 'no Service found with those values'));
    if (exchange.query !== '' || exchange.target.endsWith('?')) exchange.path += `?${exchange.query}`;
    const peer = await pickPeer(exchange, site);
    if ('body' in peer) return answerWith(peer);
    removeHopByHop(exchange.headers);
    exchange.proxied = true;
    if (match.route.requestBuffering) await readBody(exchange);
    await forward(exchange, info, peer, { agents: desk.agents, balancer: site.balancer, port: desk.port(), now });
  } catch (error) {
    if (request.destroyed && response.destroyed) return;
    const status = statusOf(error);
    if (status === 500) log(`gateway: ${(error as Error).stack ?? String(error)}`);
    if (response.headersSent) response.destroy();
    else respond(exchange, trouble(exchange, status), now(), { close: CLOSING.has(status) });
  }
}
