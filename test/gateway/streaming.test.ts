import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startPuppet, type Puppet } from './support/puppet.ts';

let puppet: Puppet;
beforeAll(async () => {
  puppet = await startPuppet();
});
afterEach(() => {
  puppet.calls.length = 0;
});
afterAll(() => puppet.close());

const textOf = (chunk: unknown): string => String(chunk);

describe('from the service to the client', () => {
  test('the head arrives before the first byte, and every event as soon as it is written', async () => {
    const { request, response } = puppet.open('/stream');
    request.end();
    const call = await puppet.nextCall();
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
    const { request, response } = puppet.open('/stream');
    request.end();
    const call = await puppet.nextCall();
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
    const { request, response } = puppet.open('/stream');
    response.catch(() => {});
    request.on('error', () => {});
    request.end();
    const call = await puppet.nextCall();
    const left = once(call.response, 'close');
    const began = performance.now();
    request.destroy();
    await left;
    expect(performance.now() - began).toBeLessThan(100);
    expect(puppet.calls).toHaveLength(0);
  });

  test('a service that breaks off in the middle breaks off the answer: half of it never looks whole', async () => {
    const { request, response } = puppet.open('/stream');
    request.end();
    const call = await puppet.nextCall();
    call.response.writeHead(200);
    call.response.write('half');
    const message = await response;
    const ended = new Promise((resolve) => message.once('error', resolve));
    message.resume();
    call.response.destroy();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a service that falls silent for longer than read_timeout is cut off, in the middle of a 200', async () => {
    const { request, response } = puppet.open('/stream');
    request.end();
    const call = await puppet.nextCall();
    call.response.writeHead(200);
    call.response.write('first');
    const message = await response;
    expect(message.statusCode).toBe(200);
    message.resume();
    expect(await new Promise((resolve) => message.once('error', resolve))).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a large body passes whole, though the client reads slowly', async () => {
    const body = Buffer.alloc(8_000_000, 'ä');
    const { request, response } = puppet.open('/stream');
    request.end();
    const call = await puppet.nextCall();
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
