import { beforeEach, describe, expect, test, vi } from 'vitest';
import { degraded } from '../../../functions/_kernel/http/fields.ts';
import { unanswerable } from '../../../functions/query/contract.ts';
import query from '../../../functions/query/worker.ts';
import search from '../../../functions/search/worker.ts';
import status from '../../../functions/status/worker.ts';
import { beginRequest, endRequest, takeMeasured } from '../../../functions/_kernel/telemetry/meter.ts';
import { call, deferred, expectProblem, expectStatus } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { METRICS_TOKEN, SERVICE_TOKEN, useWorld } from '../world.ts';

const inWorkerd = navigator.userAgent === 'Cloudflare-Workers';
const world = useWorld();
useLibrary(world);
// What suites before this one measured in this process, or could not tell their Redis.
beforeEach(async () => {
  await world.mend();
  takeMeasured();
});

const scrape = async (authorization: string | null = `Bearer ${METRICS_TOKEN}`) =>
  call(status, world.env, {
    path: '/status/metrics',
    as: { token: null },
    headers: { ...(authorization !== null && { authorization }) },
  });
/** The value of one sample; null when the text has none such. */
async function sample(name: string): Promise<number | null> {
  const answer = await scrape();
  expectStatus(answer, 200);
  const line = answer.text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

describe('GET /status/metrics', () => {
  test('is for whoever shows the scraper’s own token as bearer, which opens nothing else; without one it is closed', async () => {
    expectStatus(await scrape(`Bearer ${METRICS_TOKEN}`), 200);
    for (const wrong of [null, 'Bearer', 'Bearer wrong', `Basic ${METRICS_TOKEN}`, METRICS_TOKEN, `Bearer ${SERVICE_TOKEN}`])
      expectProblem(await scrape(wrong), 401, 'service_token_invalid');
    expectProblem(await call(search, world.env, { path: '/search?q=breaker', as: { token: METRICS_TOKEN } }), 401, 'service_token_invalid');
    const none = { ...world.env, METRICS_TOKEN: '' };
    for (const token of ['', 'undefined', SERVICE_TOKEN]) {
      const asked = { path: '/status/metrics', headers: { authorization: `Bearer ${token}` } };
      expectProblem(await call(status, none, asked), 401, 'service_token_invalid');
    }
  });

  test('is Prometheus text 0.0.4, every metric with its help and type before its samples', async () => {
    const answer = await scrape();
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = answer.text.trimEnd().split('\n');
    let current = '';
    for (const line of lines) {
      const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
      if (type !== null) current = type[1]!;
      else if (!line.startsWith('# HELP ')) {
        expect(line).toMatch(/^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? \d+(\.\d+)?$/);
        expect(line.replace(/_(bucket|sum|count)\b.*/, '').startsWith(current) || line.startsWith(current)).toBe(true);
      }
    }
  });

  test('a request that never ends, as a cancelled one, hides no other one’s count', async () => {
    beginRequest();
    const calls = 'rag_dependency_calls_total{dependency="ollama_embedding",outcome="ok"}';
    const before = (await sample(calls)) ?? 0;
    for (let i = 1; i <= 2; i++) {
      expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
      expect(await sample(calls)).toBe(before + i);
    }
    endRequest();
  });

  test('counts requests by route and status, and dependency calls by outcome', async () => {
    for (let i = 0; i < 3; i++) expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
    expectStatus(await call(search, world.env, { path: '/search' }), 400);
    const route = 'function="search",route="/api/v1/rag/search",method="GET"';
    expect(await sample(`rag_http_requests_total{${route},status="200"}`)).toBe(3);
    expect(await sample(`rag_http_requests_total{${route},status="400"}`)).toBe(1);
    expect(await sample('rag_http_request_duration_seconds_count{function="search",route="/api/v1/rag/search"}')).toBe(4);
    expect(await sample('rag_dependency_calls_total{dependency="ollama_embedding",outcome="ok"}')).toBe(3);
    expect(await sample('rag_dependency_call_duration_seconds_count{dependency="ollama_embedding"}')).toBe(3);
  });

  test('counts what was refused before any work too: no token, no role, no such route, a method or a body that is not taken', async () => {
    const large = { json: { query: 'x'.repeat(1_100_000) } };
    expectStatus(await call(search, world.env, { path: '/search?q=breaker', as: { token: null } }), 401);
    expectStatus(await call(search, world.env, { path: '/search?q=breaker', as: { roles: 'writer' } }), 403);
    expectStatus(await call(search, world.env, { path: '/search/of/nothing' }), 404);
    // Beside the service's base, where only who reaches the functions themselves can come.
    const beside = await search.fetch(new Request('http://functions.test/favicon.ico'), world.env, deferred().context);
    expect([beside.status, beside.headers.get('x-request-id')]).toEqual([404, expect.stringMatching(/^[\w-]{36}$/)]);
    expectStatus(await call(search, world.env, { path: '/search', method: 'DELETE' }), 405);
    expectStatus(await call(search, world.env, { path: '/search', ...large }), 413);
    expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
    const counted = async (route: string, method: string, code: number) =>
      sample(`rag_http_requests_total{function="search",route="${route}",method="${method}",status="${code}"}`);
    expect(await counted('/api/v1/rag/search', 'GET', 401)).toBe(1);
    expect(await counted('/api/v1/rag/search', 'GET', 403)).toBe(1);
    expect(await counted('/*', 'GET', 404)).toBe(2);
    expect(await counted('/*', 'DELETE', 405)).toBe(1);
    expect(await counted('/api/v1/rag/search', 'POST', 413)).toBe(1);
  });

  test('shows faults, retries, a breaker that opens, what it rejects, and the answers that did without', async () => {
    await world.fault('ollama', { mode: 'error' });
    for (let i = 0; i < 4; i++) expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
    expect(await sample('rag_breaker_state{dependency="ollama_embedding"}')).toBe(2);
    expect(await sample('rag_breaker_state{dependency="qdrant_search"}')).toBe(0);
    expect(await sample('rag_breaker_transitions_total{dependency="ollama_embedding",from="closed",to="open"}')).toBe(1);
    expect(await sample('rag_dependency_calls_total{dependency="ollama_embedding",outcome="fault"}')).toBe(5);
    expect(await sample('rag_dependency_calls_total{dependency="ollama_embedding",outcome="rejected"}')).toBeGreaterThanOrEqual(2);
    expect(await sample('rag_retries_total{dependency="ollama_embedding"}')).toBeGreaterThanOrEqual(2);
    expect(await sample('rag_degraded_answers_total{kind="embedding_unavailable:sparse_only"}')).toBe(4);
  });

  test('counts refusals by reason and tokens, and no label holds a tenant, a question or a document', async () => {
    const as = { tenant: 'secretive-tenant' };
    expectStatus(await call(query, world.env, { path: '/query', json: { question: 'How does a breaker recover?' } }), 200);
    expectStatus(await call(query, world.env, { path: '/query', json: { question: 'zebra striped quagga' } }), 200);
    await call(search, world.env, { path: '/search?q=confidential-words', as });
    expect(await sample('rag_tokens_total{kind="answer"}')).toBeGreaterThan(0);
    expect(await sample('rag_tokens_total{kind="prompt"}')).toBeGreaterThan(0);
    expect(await sample('rag_refusals_total{reason="no_evidence"}')).toBe(1);
    const { text } = await scrape();
    for (const secret of ['secretive', 'confidential', 'zebra', 'breaker.md', 'default']) expect(text).not.toContain(secret);
  });

  test('every degraded kind and every refusal is there from the start, at 0', async () => {
    const { text } = await scrape();
    for (const kind of Object.values(degraded.def.entries)) expect(text).toContain(`rag_degraded_answers_total{kind="${kind}"} 0`);
    for (const reason of Object.values(unanswerable.def.entries)) expect(text).toContain(`rag_refusals_total{reason="${reason}"} 0`);
  });

  test(
    inWorkerd
      ? 'Redis away: no counters, rather than those of one instance; what it measured meanwhile is told afterwards'
      : 'Redis away: counters go on, a breaker that opens among them, for that is when they are looked at',
    async () => {
      const calls = 'rag_dependency_calls_total{dependency="ollama_embedding",outcome="ok"}';
      const opened = 'rag_breaker_transitions_total{dependency="ollama_embedding",from="closed",to="open"}';
      await world.fault('redis', { mode: 'down' });
      expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
      await world.fault('ollama', { mode: 'error' });
      for (let i = 0; i < 4; i++) expectStatus(await call(search, world.env, { path: '/search?q=breaker' }), 200);
      const lacking = inWorkerd ? [null, null] : [1, 1];
      expect([await sample('rag_redis_up'), await sample(calls), await sample(opened)]).toEqual([0, ...lacking]);
      expect(await sample('rag_breaker_state{dependency="ollama_embedding"}')).toBe(2);
      // Not `mend`, which empties Redis: what was told the moment it was back is to stay.
      await world.fault('redis', { mode: 'up' });
      world.forget();
      await vi.waitFor(
        async () => expect([await sample('rag_redis_up'), await sample(calls), await sample(opened)]).toEqual([1, 1, 1]),
        10_000,
      );
    },
  );
});
