import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../../local/gateway/gateway.ts';
import { requestText, sendRaw } from './support/wire.ts';

type Call = { request: IncomingMessage; response: ServerResponse };

let server: Server;
let gateway: Gateway;
const calls: Call[] = [];
let wake: (() => void) | null = null;

/** The next request that reaches the service. */
async function nextCall(): Promise<Call> {
  while (calls.length === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  return calls.shift()!;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push({ request, response });
    wake?.();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = `_format_version: "3.0"
services:
  - name: up
    url: ${url}
    retries: 1
    read_timeout: 300
    routes:
      - { name: stream, paths: [/stream], request_buffering: false, response_buffering: false }
      - { name: whole, paths: [/whole] }
      - { name: sized, paths: [/sized], plugins: [{ name: request-size-limiting, config: { allowed_payload_size: 4, size_unit: bytes } }] }
`;
  gateway = await startGateway({ config, port: 0, log: () => {} });
});
afterEach(() => {
  calls.length = 0;
});
afterAll(async () => {
  await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
): { request: ReturnType<typeof httpRequest>; response: Promise<IncomingMessage> } {
  const request = httpRequest(`${gateway.url}${path}`, { method, headers, agent: false });
  const response = once(request, 'response').then(([message]) => message as IncomingMessage);
  response.catch(() => {});
  return { request, response };
}

const textOf = (chunk: unknown): string => String(chunk);

describe('from the service to the client', () => {
  test('the head arrives before the first byte, and every event as soon as it is written', async () => {
    const { request, response } = open('/stream');
    request.end();
    const call = await nextCall();
    call.response.writeHead(200, { 'content-type': 'text/event-stream' });
    call.response.flushHeaders();
    const message = await response;
    expect(message.headers['content-type']).toBe('text/event-stream');
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      call.response.write(event);
      expect(textOf((await once(message, 'data'))[0])).toBe(event);
    }
    call.response.end();
    await once(message, 'end');
  });

  test('a client that leaves ends the request to the service at once', async () => {
    const { request, response } = open('/stream');
    request.end();
    const call = await nextCall();
    call.response.writeHead(200);
    call.response.write('token');
    await response;
    const left = once(call.response, 'close');
    const began = performance.now();
    request.destroy();
    await left;
    expect(call.response.writableFinished).toBe(false);
    expect(performance.now() - began).toBeLessThan(100);
  });

  test('a client that leaves before the answer begins ends the request to the service, and it is not sent again', async () => {
    const { request, response } = open('/stream');
    response.catch(() => {});
    request.on('error', () => {});
    request.end();
    const call = await nextCall();
    const left = once(call.response, 'close');
    request.destroy();
    await left;
    expect(calls).toHaveLength(0);
  });

  test('a service that breaks off in the middle breaks off the answer: half of it never looks whole', async () => {
    const { request, response } = open('/stream');
    request.end();
    const call = await nextCall();
    call.response.writeHead(200);
    call.response.write('half');
    const message = await response;
    const ended = new Promise((resolve) => message.once('error', resolve));
    message.resume();
    call.response.destroy();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a service that falls silent for longer than read_timeout is cut off, in the middle of a 200', async () => {
    const { request, response } = open('/stream');
    request.end();
    const call = await nextCall();
    call.response.writeHead(200);
    call.response.write('first');
    const message = await response;
    expect(message.statusCode).toBe(200);
    message.resume();
    expect(await new Promise((resolve) => message.once('error', resolve))).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a large body passes whole, though the client reads slowly', async () => {
    const body = Buffer.alloc(8_000_000, 'ä');
    const { request, response } = open('/stream');
    request.end();
    const call = await nextCall();
    call.response.end(body);
    const message = await response;
    const chunks: Buffer[] = [];
    for await (const chunk of message) {
      chunks.push(chunk as Buffer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.concat(chunks).equals(body)).toBe(true);
  });
});

describe('from the client to the service', () => {
  test('without request buffering every piece reaches the service as it is sent', async () => {
    const { request, response } = open('/stream', 'POST');
    request.write('one');
    const call = await nextCall();
    expect(call.request.headers['transfer-encoding']).toBe('chunked');
    expect(textOf((await once(call.request, 'data'))[0])).toBe('one');
    request.write('two');
    expect(textOf((await once(call.request, 'data'))[0])).toBe('two');
    request.end();
    await once(call.request, 'end');
    call.response.end('done');
    expect((await response).statusCode).toBe(200);
  });

  test('with request buffering the service gets the body whole, with its length', async () => {
    const { request, response } = open('/whole', 'POST');
    request.write('one');
    request.end('two');
    const call = await nextCall();
    expect(call.request.headers).toMatchObject({ 'content-length': '6' });
    expect(call.request.headers).not.toHaveProperty('transfer-encoding');
    let text = '';
    for await (const chunk of call.request) text += textOf(chunk);
    expect(text).toBe('onetwo');
    call.response.end();
    await response;
  });

  test('a POST without a body reaches the service without a body, and without a length', async () => {
    const answer = sendRaw(gateway.url, requestText('POST', '/whole', []));
    const call = await nextCall();
    expect(call.request.headers).not.toHaveProperty('content-length');
    expect(call.request.headers).not.toHaveProperty('transfer-encoding');
    call.response.end();
    expect((await answer).status).toBe(200);
  });

  test('Expect: 100-continue is answered before the body, and not passed on', async () => {
    const { request, response } = open('/whole', 'POST', { expect: '100-continue', 'content-length': '4' });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('body');
    const call = await nextCall();
    expect(call.request.headers).not.toHaveProperty('expect');
    call.request.resume();
    call.response.end();
    expect((await response).statusCode).toBe(200);
  });

  test('a body of unknown length is counted: over the limit is 413', async () => {
    const { request, response } = open('/sized', 'POST');
    request.write('abc');
    request.write('def');
    request.end();
    expect((await response).statusCode).toBe(413);
    expect(calls).toHaveLength(0);
  });

  test('a bad chunk after good ones is 400, and the service sees nothing', async () => {
    const bytes = 'POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n';
    expect(await sendRaw(gateway.url, bytes)).toMatchObject({ status: 400 });
    expect(calls).toHaveLength(0);
  });

  test('a client that leaves in the middle of its body reaches no service', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write('POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    await once(socket, 'connect');
    socket.destroy();
    const { request, response } = open('/whole');
    request.end();
    const call = await nextCall();
    expect(call.request.method).toBe('GET');
    call.response.end();
    await response;
  });
});

describe('a service in trouble', () => {
  test('a GET that times out is sent again, a POST is not', async () => {
    const get = sendRaw(gateway.url, requestText('GET', '/whole', []));
    await nextCall();
    await nextCall();
    expect(await get).toMatchObject({ status: 504, reason: 'Gateway Time-out' });
    expect(await sendRaw(gateway.url, requestText('POST', '/whole', [], 'x'))).toMatchObject({ status: 504 });
    expect(calls).toHaveLength(1);
  });

  test('a connection that is reset before the answer is 502', async () => {
    const answer = sendRaw(gateway.url, requestText('POST', '/whole', [], 'x'));
    (await nextCall()).request.socket.destroy();
    const wire = await answer;
    expect(wire).toMatchObject({ status: 502, reason: 'Bad Gateway' });
    expect(wire.body).toContain('An invalid response was received from the upstream server');
  });

  test('an idle connection that the service closed costs no request', async () => {
    const first = sendRaw(gateway.url, requestText('POST', '/whole', [], 'x'));
    const call = await nextCall();
    const { socket } = call.request;
    call.response.end();
    await first;
    const second = sendRaw(gateway.url, requestText('POST', '/whole', [], 'y'));
    socket.destroy();
    (await nextCall()).response.end('again');
    expect(await second).toMatchObject({ status: 200, body: 'again' });
  });
});
