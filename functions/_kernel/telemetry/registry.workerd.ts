import { METRICS_TOLD_MS } from '../limits.ts';
import { askIfThere, readCounts } from '../if-there.ts';
import type { Redis } from '../upstreams/redis.ts';
import { isDue, takeMeasured } from './meter.ts';

/** Key `metrics:{rag}`: a hash of a metric's field (see `meter.ts`) to a whole number, added to by every isolate; never expires. */
const KEY = 'metrics:{rag}';

/**
 * Adds a batch unless this isolate's last one was it or a later one, so that a batch of which the answer was lost can be sent again.
 * KEYS: sums, last batch of the isolate; ARGV: number of the batch, milliseconds for which it is remembered, then field and number in turns.
 */
const ADD_ONCE = `if tonumber(ARGV[1])<=tonumber(redis.call('GET',KEYS[2]) or '0') then return 0 end
redis.call('SET',KEYS[2],ARGV[1],'PX',ARGV[2])
for i=3,#ARGV,2 do redis.call('HINCRBY',KEYS[1],ARGV[i],ARGV[i+1]) end
return 1`;

type Batch = { number: number; fields: ReadonlyMap<string, number> };

let isolate: string | null = null;
let last = 0;
/** Sent, and not known to have arrived: until it is, no other is sent. Plain data, so another request may send it again. */
let unsure: Batch | null = null;

function nextBatch(): Batch | null {
  if (unsure !== null) return unsure;
  const fields = takeMeasured();
  if (fields.size === 0) return null;
  unsure = { number: ++last, fields };
  return unsure;
}

async function tellAll(redis: Redis): Promise<void> {
  isolate ??= crypto.randomUUID();
  for (let batch = nextBatch(); batch !== null; batch = nextBatch()) {
    const values = [batch.number, METRICS_TOLD_MS, ...[...batch.fields].flat()];
    const reply = await askIfThere(redis, ['EVAL', ADD_ONCE, 2, KEY, `${KEY}:told:${isolate}`, ...values]);
    if (reply === null || reply instanceof Error) return;
    if (unsure?.number === batch.number) unsure = null;
  }
}

/**
 * After a request, adds what this isolate measured to what the fleet measured; under load once a second.
 *
 * At the edge counters live in Redis because an isolate cannot be scraped and dies without notice; so any of them can tell of all. While
 * Redis is away they wait here, and are lost only with the isolate. On Node: `registry.node.ts`.
 */
export async function tellMeasured(redis: Redis, now: number): Promise<void> {
  if (isDue(now)) await tellAll(redis);
}

/** What the fleet measured so far, by field, with what waited in this isolate; null while Redis is away. */
export async function readMeasured(redis: Redis): Promise<ReadonlyMap<string, number> | null> {
  await tellAll(redis);
  return readCounts(redis, KEY);
}
