import { Redis } from 'ioredis';
import type { ControlFile } from '../control.ts';
import { findingsOn, isAtLeast, shownUrl, type Finding } from './finding.ts';
import { wordsOf } from './http.ts';

const { ok, note, wrong } = findingsOn('redis');

/** Older ones do not let a script read the time before it writes (Redis 5 release notes: effects replication). */
const REDIS_MIN = [5] as const;
/** Two machines that keep their time by NTP differ by milliseconds; rate limits count in windows of this machine's seconds. */
const CLOCK_DIFFERENCE_MS = 1_000;
const CONNECT_MS = 5_000;

type Seen = { version: string | null; differenceMs: number };

async function look(url: string, now: () => number): Promise<Seen> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: CONNECT_MS,
    commandTimeout: CONNECT_MS,
    retryStrategy: () => null,
  });
  // Without a listener ioredis prints; what went wrong is told by the call that failed. The first of them says it best.
  let first: Error | null = null;
  client.on('error', (error: Error) => (first ??= error));
  try {
    await client.connect();
    const before = now();
    const [seconds = NaN, microseconds = NaN] = ((await client.call('TIME')) as unknown[]).map(Number);
    const middle = (before + now()) / 2;
    // A stand-in, or a proxy, may not know INFO.
    const info = await client.info('server').catch(() => '');
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? null;
    return { version, differenceMs: seconds * 1_000 + microseconds / 1_000 - middle };
  } catch (error) {
    throw first ?? error;
  } finally {
    client.disconnect();
  }
}

function problem(url: string, error: unknown): Finding {
  const at = shownUrl(url);
  const message = error instanceof Error ? error.message : '';
  if (message.includes('NOAUTH')) return wrong(`${at} asks for a password`, 'set REDIS_URL=redis://:password@host:port');
  if (message.includes('WRONGPASS') || message.includes('without any password configured'))
    return wrong(`${at} refuses the user or password of REDIS_URL`, 'correct them; redis-cli -u "$REDIS_URL" ping must answer PONG');
  if (message.includes('NOPERM'))
    return wrong(`${at}: the user of REDIS_URL may not run what is needed`, 'grant it with ACL SETUSER <user> +@all ~*');
  if (message.includes('LOADING')) return wrong(`${at} is still loading its data`, 'wait until redis-cli ping answers PONG');
  const why =
    message.includes('ETIMEDOUT') || message.includes('timed out') ? `did not answer within ${CONNECT_MS / 1_000} s` : wordsOf(error);
  return wrong(`${at} ${why}`, 'start Redis there, or correct REDIS_URL; without it every instance keeps breakers of its own');
}

/** Whether Redis answers, takes the credentials, is new enough, and keeps the same time. */
export async function examineRedis(url: string | null, running: ControlFile | null, now: () => number): Promise<Finding[]> {
  const asked = url ?? running?.addresses.redis ?? null;
  if (asked === null) return [note('REDIS_URL is not set: a stand-in will stand there (js-redis-server, nothing kept)')];
  try {
    const { version, differenceMs } = await look(asked, now);
    const what =
      url === null ? `stand-in at ${shownUrl(asked)} answers` : `${shownUrl(asked)} answers, Redis ${version ?? 'of unknown version'}`;
    const old = url !== null && version !== null && !isAtLeast(version, REDIS_MIN);
    const findings = [old ? wrong(`${what}, older than ${REDIS_MIN.join('.')}`, 'upgrade it: the breakers’ scripts need it') : ok(what)];
    const seconds = `${(Math.abs(differenceMs) / 1_000).toFixed(1)} s ${differenceMs > 0 ? 'ahead of' : 'behind'} this machine`;
    if (Math.abs(differenceMs) > CLOCK_DIFFERENCE_MS)
      findings.push(wrong(`its clock is ${seconds}`, 'let NTP set both clocks, such as: timedatectl set-ntp true'));
    else findings.push(ok(`its clock differs by ${Math.round(Math.abs(differenceMs))} ms`));
    return findings;
  } catch (error) {
    return [problem(asked, error)];
  }
}
