import { describe, expect, test } from 'vitest';
import { call, expectProblem, type Asked, type Fetches } from './call.ts';
import { PREVIOUS_TOKEN, type World } from './world.ts';

// What every function promises at its edge, whatever it does behind it.

export type Route = Asked & { roles: string };
const title = ({ method, json, path }: Asked) => `${method ?? (json === undefined ? 'GET' : 'POST')} ${path}`;

/** 401: who did not come through the gateway learns nothing. */
export function refusesStrangers(app: Fetches, world: World, routes: readonly Route[]): void {
  describe.each(routes.map((route) => [title(route), route] as const))('%s', (_, route) => {
    test.each([
      ['without a service token', { token: null }],
      ['with a wrong service token', { token: 'service-token-of-somebody-else-0123456' }],
      ['with a token that only begins like the right one', { token: 'service-token-of-the-tests-012345678' }],
      ['with a valid token but no consumer', { tenant: '' }],
    ])('401: %s', async (_case, as) => {
      expectProblem(await call(app, world.env, { ...route, as }), 401, 'service_token_invalid');
    });

    test('401: the caller is not told what the token was, nor that one was given', async () => {
      const token = 'a-guessed-token-a-guessed-token-a-guess';
      const answer = await call(app, world.env, { ...route, as: { token } });
      expect(answer.text).not.toContain(token);
      expect(answer.text).not.toContain(String(world.env['SERVICE_TOKEN']));
    });

    test('the previous service token is accepted while it is rotated, and not without that', async () => {
      const during = await call(app, world.env, { ...route, as: { token: PREVIOUS_TOKEN } });
      expect(during.status, during.text).not.toBe(401);
      const after = await call(app, { ...world.env, SERVICE_TOKEN_PREVIOUS: '' }, { ...route, as: { token: PREVIOUS_TOKEN } });
      expectProblem(after, 401, 'service_token_invalid');
    });
  });
}

/** 403: a role is needed and named; a role of another name does not help. */
export function needsRoles(app: Fetches, world: World, routes: readonly Route[]): void {
  test.each(routes.map((route) => [title(route), route] as const))('403: %s names the role that is missing', async (_, route) => {
    for (const roles of ['', 'stranger', ['reader', 'writer', 'admin'].filter((role) => role !== route.roles).join(',')]) {
      const answer = await call(app, world.env, { ...route, as: { roles } });
      expectProblem(answer, 403, 'role_missing');
      expect(answer.body.detail).toContain(route.roles);
    }
  });

  test.each(routes.map((route) => [title(route), route] as const))('%s is let in by its role alone', async (_, route) => {
    const answer = await call(app, world.env, { ...route, as: { roles: `somebody, ${route.roles}` } });
    expect([401, 403], answer.text).not.toContain(answer.status);
  });
}

/** 405 with `Allow`, and 404 for what is no path at all. */
export function knowsItsMethods(app: Fetches, world: World, wrong: readonly { method: string; path: string; allow: string[] }[]): void {
  test.each(wrong)('405: $method $path says which methods it answers', async ({ method, path, allow }) => {
    const answer = await call(app, world.env, { method, path });
    expectProblem(answer, 405, 'method_not_allowed');
    expect((answer.headers.get('allow') ?? '').split(', ').toSorted()).toEqual(allow.toSorted());
  });

  test('404: a path that is no route says where the routes are', async () => {
    const answer = await call(app, world.env, { path: '/nowhere' });
    expectProblem(answer, 404, 'route_not_found');
    expect(answer.body.detail).toContain('/search');
  });
}

/** 415 and 413 for a JSON body of at most `limitBytes`. */
export function boundsItsBody(app: Fetches, world: World, route: Asked & { json: object }, limitBytes: number): void {
  test.each([[undefined], ['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonp']])(
    '415: Content-Type %s is refused and application/json is named',
    async (type) => {
      const { json, ...rest } = route;
      const body = new TextEncoder().encode(JSON.stringify(json));
      const answer = await call(app, world.env, { ...rest, body, headers: type === undefined ? {} : { 'content-type': type } });
      expectProblem(answer, 415, 'media_type_unsupported');
      expect(answer.body.detail).toContain('application/json');
    },
  );

  test('Content-Type is read without its parameters and whatever its case', async () => {
    const answer = await call(app, world.env, { ...route, headers: { 'content-type': 'Application/JSON; charset=UTF-8' } });
    expect(answer.status, answer.text).not.toBe(415);
  });

  test('413: a body that announces too many bytes is refused before it is read', async () => {
    const { json: _, ...rest } = route;
    let read = 0;
    const body = new ReadableStream({
      pull(controller) {
        read++;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const headers = { 'content-type': 'application/json', 'content-length': String(limitBytes + 1) };
    const answer = await call(app, world.env, { ...rest, body, headers });
    expectProblem(answer, 413, 'body_too_large');
    expect(answer.body.detail).toContain(String(limitBytes));
    expect(read).toBeLessThan(4);
  });

  test('413: a body that announces nothing is read no further than the limit', async () => {
    const { json: _, ...rest } = route;
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 262_144;
        controller.enqueue(new Uint8Array(262_144).fill(32));
      },
    });
    const answer = await call(app, world.env, { ...rest, body, headers: { 'content-type': 'application/json' } });
    expectProblem(answer, 413, 'body_too_large');
    expect(sent).toBeLessThanOrEqual(limitBytes + 4 * 262_144);
  });
}

/** 400 for a body that is not JSON text, whatever it was meant to be. */
export function readsJsonStrictly(app: Fetches, world: World, path: string): void {
  const bytes = (text: string) => new TextEncoder().encode(text);
  test.each([
    ['empty', bytes(''), /empty/],
    ['white space only', bytes(' \n'), /empty/],
    ['cut off', bytes('{"query": "x'), /not JSON/],
    ['with a trailing comma', bytes('{"query": "x",}'), /not JSON/],
    ['single-quoted', bytes("{'query': 'x'}"), /not JSON/],
    ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), /UTF-8/],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), /UTF-8/],
  ])('400: a body that is %s says what is wrong with it', async (_, body, says) => {
    const answer = await call(app, world.env, { path, body, headers: { 'content-type': 'application/json' } });
    expectProblem(answer, 400, 'invalid_request');
    expect(answer.body.errors).toEqual([{ path: '', message: expect.stringMatching(says) }]);
  });

  test.each([['null'], ['[]'], ['"text"'], ['7'], ['true']])('400: a body that is %s is no object', async (text) => {
    const answer = await call(app, world.env, { path, body: text, headers: { 'content-type': 'application/json' } });
    expectProblem(answer, 400, 'invalid_request');
  });

  test('400: a byte order mark is no reason to refuse a body', async () => {
    const answer = await call(app, world.env, { path, body: bytes('\ufeff{"nosuch":1}'), headers: { 'content-type': 'application/json' } });
    expectProblem(answer, 400, 'invalid_request');
    expect(answer.body.errors).toContainEqual({ path: 'nosuch', message: expect.stringContaining('not a field') });
  });
}

/** The request id: echoed when harmless, replaced when not, and the same in header, body and log. */
export function namesItsRequests(app: Fetches, world: World, route: Asked): void {
  test('X-Request-ID: a harmless one is kept', async () => {
    const id = 'Trace_1.2-3';
    const answer = await call(app, world.env, { ...route, headers: { ...route.headers, 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  test.each([
    ['with a space', 'a b'],
    ['with markup', '<script>'],
    ['too long', 'x'.repeat(129)],
    ['empty', ''],
  ])('X-Request-ID: one %s is replaced', async (_, id) => {
    const answer = await call(app, world.env, { ...route, headers: { ...route.headers, 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(answer.text).not.toContain('<script>');
  });
}

/** 503 with Qdrant gone: soon, with `Retry-After`, and in our words. */
export function saysWhenQdrantIsDown(app: Fetches, world: World, routes: readonly Asked[]): void {
  test.each(routes.map((route) => [title(route), route] as const))('503: %s while Qdrant is down', async (_, route) => {
    world.forget();
    await world.fault('qdrant', { mode: 'down' });
    try {
      const answer = await call(app, world.env, route);
      expectUnavailable(answer, /^qdrant_(search|write)$/);
    } finally {
      await world.fault('qdrant', { mode: 'up' });
    }
  });

  test("503: carries our own sentence, not Qdrant's", async () => {
    world.forget();
    await world.fault('qdrant', { mode: 'error' });
    try {
      const answer = await call(app, world.env, routes[0]!);
      expectUnavailable(answer, /^qdrant_(search|write)$/);
      expect(answer.text).not.toMatch(/internal error: 1 of 1|127\.0\.0\.1|at .*\.ts/);
    } finally {
      await world.fault('qdrant', { mode: 'up' });
    }
  });
}

/** The shape of a 503: dependency, breaker, and a `Retry-After` that says what `retryAfterMs` says. */
export function expectUnavailable(answer: Awaited<ReturnType<typeof call>>, dependency: RegExp): void {
  expectProblem(answer, 503, 'dependency_unavailable');
  expect(answer.body.dependency).toMatch(dependency);
  expect(['open', 'probing', 'closed']).toContain(answer.body.breaker);
  expect(answer.headers.get('retry-after')).toBe(String(Math.max(1, Math.ceil(answer.body.retryAfterMs / 1000))));
}
