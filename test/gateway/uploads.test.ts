import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startPuppet, type Puppet } from './support/puppet.ts';
import { requestText, sendRaw } from './support/wire.ts';

let puppet: Puppet;
beforeAll(async () => {
  puppet = await startPuppet();
});
afterEach(() => {
  puppet.calls.length = 0;
});
afterAll(() => puppet.close());

const textOf = (chunk: unknown): string => String(chunk);

describe('from the client to the service', () => {
  test('without request buffering every piece reaches the service as it is sent', async () => {
    const { request, response } = puppet.open('/stream', 'POST');
    request.write('one');
    const call = await puppet.nextCall();
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
    const { request, response } = puppet.open('/whole', 'POST');
    request.write('one');
    request.end('two');
    const call = await puppet.nextCall();
    expect(call.request.headers).toMatchObject({ 'content-length': '6' });
    expect(call.request.headers).not.toHaveProperty('transfer-encoding');
    let text = '';
    for await (const chunk of call.request) text += textOf(chunk);
    expect(text).toBe('onetwo');
    call.response.end();
    await response;
  });

  test('a POST without a body reaches the service without a body, and without a length', async () => {
    const answer = sendRaw(puppet.url, requestText('POST', '/whole', []));
    const call = await puppet.nextCall();
    expect(call.request.headers).not.toHaveProperty('content-length');
    expect(call.request.headers).not.toHaveProperty('transfer-encoding');
    call.response.end();
    expect((await answer).status).toBe(200);
  });

  test('Expect: 100-continue is answered before the body, and not passed on', async () => {
    const { request, response } = puppet.open('/whole', 'POST', { expect: '100-continue', 'content-length': '4' });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('body');
    const call = await puppet.nextCall();
    expect(call.request.headers).not.toHaveProperty('expect');
    call.request.resume();
    call.response.end();
    expect((await response).statusCode).toBe(200);
  });

  test('a body of unknown length is counted: over the limit is 413', async () => {
    const { request, response } = puppet.open('/sized', 'POST');
    request.write('abc');
    request.write('def');
    request.end();
    expect((await response).statusCode).toBe(413);
    expect(puppet.calls).toHaveLength(0);
  });

  test('a bad chunk after good ones is 400, and the service sees nothing', async () => {
    const bytes = 'POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n';
    expect(await sendRaw(puppet.url, bytes)).toMatchObject({ status: 400 });
    expect(puppet.calls).toHaveLength(0);
  });

  test('a client that leaves in the middle of its body reaches no service', async () => {
    const { hostname, port } = new URL(puppet.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write('POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    await once(socket, 'connect');
    socket.destroy();
    const { request, response } = puppet.open('/whole');
    request.end();
    const call = await puppet.nextCall();
    expect(call.request.method).toBe('GET');
    call.response.end();
    await response;
  });
});

describe('a service in trouble', () => {
  test('a GET that times out is sent again, a POST is not', async () => {
    const get = sendRaw(puppet.url, requestText('GET', '/whole', []));
    await puppet.nextCall();
    await puppet.nextCall();
    expect(await get).toMatchObject({ status: 504, reason: 'Gateway Time-out' });
    expect(await sendRaw(puppet.url, requestText('POST', '/whole', [], 'x'))).toMatchObject({ status: 504 });
    expect(puppet.calls).toHaveLength(1);
  });

  test('a connection that is reset before the answer is 502', async () => {
    const answer = sendRaw(puppet.url, requestText('POST', '/whole', [], 'x'));
    (await puppet.nextCall()).request.socket.destroy();
    const wire = await answer;
    expect(wire).toMatchObject({ status: 502, reason: 'Bad Gateway' });
    expect(wire.body).toContain('An invalid response was received from the upstream server');
  });

  test('an idle connection that the service closed costs no request', async () => {
    const first = sendRaw(puppet.url, requestText('POST', '/whole', [], 'x'));
    const call = await puppet.nextCall();
    const { socket } = call.request;
    call.response.end();
    await first;
    const second = sendRaw(puppet.url, requestText('POST', '/whole', [], 'y'));
    socket.destroy();
    (await puppet.nextCall()).response.end('again');
    expect(await second).toMatchObject({ status: 200, body: 'again' });
  });
});
