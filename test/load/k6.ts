// Run with Grafana k6 1.0 or newer (it reads TypeScript):
//   k6 run -e SCENARIO=load -e URL=https://rag.example -e KEYS=key1,key2 test/load/k6.ts
// SCENARIO: smoke, load, spike, soak, outage, blackout. A user takes one of KEYS (a limit counts by consumer). In `outage` and `blackout`
// somebody stops the service named below at the time named below and starts it again; k6 has no hands.
import http from 'k6/http';
import { sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { outcomeOf, requestOf, SCENARIOS, thinkSeconds, type Outcome } from './scenarios.ts';

const OUTCOMES: Outcome[] = ['success', 'degraded', 'limited', 'unavailable', 'error'];
const name = __ENV.SCENARIO ?? 'smoke';
const build = SCENARIOS[name];
if (build === undefined) throw new Error(`SCENARIO=${name}: must be one of ${Object.keys(SCENARIOS).join(', ')}`);
const scenario = build(__ENV.USERS ? Number(__ENV.USERS) : undefined, __ENV.SECONDS ? Number(__ENV.SECONDS) : undefined);
const keys = (__ENV.KEYS ?? '').split(',').filter(Boolean);
const base = `${__ENV.URL ?? 'http://127.0.0.1:8000'}/api/v1/rag`;
if (keys.length === 0) throw new Error('KEYS is missing: API keys of the gateway, separated by commas');

const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, new Counter(`answers_${outcome}`)]));
const shares = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, new Rate(`share_${outcome}`)]));
const searchMs = new Trend('search_success_ms', true);

const { thresholds } = scenario;
export const options = {
  stages: scenario.stages.flatMap(({ seconds, users }) => [
    { duration: '1s', target: users },
    { duration: `${Math.max(1, Math.round(seconds - 1))}s`, target: users },
  ]),
  thresholds: {
    share_error: [`rate<=${thresholds.error}`],
    share_limited: [`rate<=${thresholds.limited}`],
    share_unavailable: [`rate<=${thresholds.unavailable}`],
    share_degraded: [`rate<=${thresholds.degraded}`],
    search_success_ms: [`p(99)<=${thresholds.searchP99Ms}`],
  },
};

export function setup(): void {
  if (scenario.outage !== null)
    console.log(`stop ${scenario.outage.service} after ${scenario.outage.from} s, for ${scenario.outage.seconds} s`);
}

export default function user(): void {
  const { name: kind, method, path, body } = requestOf(__VU, __ITER);
  const headers = { apikey: keys[__VU % keys.length]!, 'content-type': 'application/json' };
  const answer = http.request(method, base + path, body === null ? null : JSON.stringify(body), {
    headers,
    tags: { name: kind },
    timeout: '60s',
  });
  const outcome = outcomeOf(answer.status === 0 ? null : answer.status, typeof answer.body === 'string' ? answer.body : '');
  for (const one of OUTCOMES) shares[one]!.add(one === outcome);
  counts[outcome]!.add(1);
  if (kind === 'search' && outcome === 'success') searchMs.add(answer.timings.duration);
  sleep(thinkSeconds(Math.random()));
}
