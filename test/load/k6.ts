// Run with Grafana k6 1.0 or newer (it reads TypeScript):
//   k6 run -e SCENARIO=load -e URL=https://rag.example -e KEYS=key1,key2 test/load/k6.ts
// SCENARIO: smoke, load, spike, soak, outage, blackout. A user takes one of KEYS (a limit counts by consumer). In `outage` and `blackout`
// somebody stops the service named below at the time named below and starts it again; k6 has no hands. Each key's tenant gets a
// collection `load` with something to be asked about, which stays.
import http from 'k6/http';
import { fail, sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate, Trend } from 'k6/metrics';
import {
  COLLECTION,
  endOf,
  LIBRARY,
  outcomeOf,
  requestOf,
  SCENARIOS,
  slowerThan,
  thinkSeconds,
  type Outcome,
  type Thresholds,
} from './scenarios.ts';

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

const shareSlower = new Rate('share_slower');

const { thresholds, meanwhile, outage, steady } = scenario;
const end = endOf(scenario);
const settled = outage === null ? 0 : outage.from + outage.seconds + outage.recoverySeconds;
if (settled >= end && outage !== null)
  throw new Error(`SECONDS=${end}: too short to see whether all is whole again ${settled} s after the start`);
/** The part of the run that holds to promises of its own, at so many seconds. */
const phaseAt = (second: number): string =>
  outage === null ? 'whole' : second < outage.from - 1 ? 'before' : second < settled ? 'meanwhile' : 'after';
const held = (phase: string, to: Thresholds) => ({
  [`share_error{phase:${phase}}`]: [`rate<=${to.error}`],
  [`share_limited{phase:${phase}}`]: [`rate<=${to.limited}`],
  [`share_unavailable{phase:${phase}}`]: [`rate<=${to.unavailable}`],
  [`share_degraded{phase:${phase}}`]: [`rate<=${to.degraded}`],
  [`search_success_ms{phase:${phase}}`]: [`p(99)<=${to.searchP99Ms}`],
});
export const options = {
  setupTimeout: '10m',
  stages: scenario.stages.flatMap(({ seconds, users }) => [
    { duration: '1s', target: users },
    { duration: `${Math.max(1, Math.round(seconds - 1))}s`, target: users },
  ]),
  thresholds: {
    ...(meanwhile === null
      ? held('whole', thresholds)
      : { ...held('before', thresholds), ...held('meanwhile', meanwhile), ...held('after', thresholds) }),
    // As many of the last quarter's searches below the bound as above it: their median lies on it.
    ...(steady && { share_slower: ['rate<0.5'] }),
  },
};

/** Every key is a tenant, and each has the library. */
export function setup(): void {
  const documents = JSON.stringify({ collection: COLLECTION, documents: LIBRARY });
  for (const apikey of keys) {
    const how = { headers: { apikey, 'content-type': 'application/json' }, timeout: '60s' };
    let answer = http.post(`${base}/ingest?wait=30000`, documents, how);
    for (let polls = 0; polls < 540 && /"state":"(?:queued|running)"/.test(textOf(answer)); polls++) {
      sleep(1);
      answer = http.get(`${base}/ingest/jobs/${/"jobId":"([^"]+)"/.exec(textOf(answer))?.[1]}`, how);
    }
    if (!textOf(answer).includes('"state":"succeeded"'))
      fail(`the library could not be ingested (a key needs the roles reader and writer): ${answer.status} ${textOf(answer)}`);
  }
  if (outage !== null) console.log(`stop ${outage.service} after ${outage.from} s, for ${outage.seconds} s`);
}

/** The searches of this user in the first quarter: what the last quarter's are held against. */
const first: number[] = [];
function compare(ms: number, second: number): void {
  if (second < end / 4) first.push(ms);
  if (second < (3 * end) / 4 || first.length === 0) return;
  const median = first.toSorted((a, b) => a - b)[Math.floor(first.length / 2)]!;
  shareSlower.add(ms > slowerThan(median));
}

const textOf = (answer: { body: unknown }): string => (typeof answer.body === 'string' ? answer.body : '');

export default function user(): void {
  const { name: kind, method, path, body } = requestOf(__VU, __ITER);
  const headers = { apikey: keys[__VU % keys.length]!, 'content-type': 'application/json' };
  const answer = http.request(method, base + path, body === null ? null : JSON.stringify(body), {
    headers,
    tags: { name: kind },
    timeout: '60s',
  });
  const outcome = outcomeOf(answer.status === 0 ? null : answer.status, textOf(answer));
  const second = (Date.now() - exec.scenario.startTime) / 1000;
  const phase = { phase: phaseAt(second - answer.timings.duration / 1000) };
  for (const one of OUTCOMES) shares[one]!.add(one === outcome, phase);
  counts[outcome]!.add(1);
  if (kind === 'search' && outcome === 'success') {
    searchMs.add(answer.timings.duration, phase);
    compare(answer.timings.duration, second);
  }
  sleep(thinkSeconds(Math.random()));
}
