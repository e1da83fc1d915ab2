import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Healthchecks, Target } from '../config/entities.ts';
import type { Outcome } from './balancer.ts';

/**
 * Asks a target once whether it lives: by a connection alone (`tcp`), or by a GET of the configured path.
 *
 * Never rejects; `connected` is a TCP probe's success.
 */
export function probe(target: Target, check: Healthchecks['active'], signal: AbortSignal): Promise<Outcome | 'connected'> {
  const timeout = check.timeoutSeconds * 1000;
  const { host, port } = target;
  return new Promise((resolve) => {
    if (check.type === 'tcp') {
      const socket = connect({ host, port, timeout, signal });
      const settle = (outcome: Outcome | 'connected'): void => {
        socket.destroy();
        resolve(outcome);
      };
      socket.once('connect', () => settle('connected'));
      socket.once('timeout', () => settle('timeout'));
      socket.once('error', () => settle('tcp_failure'));
      return;
    }
    const send = check.type === 'https' ? httpsRequest : httpRequest;
    const request = send({ host, port, path: check.path, headers: Object.fromEntries(check.headers), timeout, signal, agent: false });
    request.once('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    request.once('timeout', () => {
      resolve('timeout');
      request.destroy();
    });
    request.once('error', () => resolve('tcp_failure'));
    request.end();
  });
}
