import { randomUUID } from 'node:crypto';
import { closeRedisPool } from '../../functions/_kernel/upstreams/redis.node.ts';
import { readArguments } from './arguments.ts';
import { readCollection } from './beir.ts';
import { measureAnswers, measureSearch, type Report } from './measure.ts';
import { openPorts } from './ports.ts';
import { measureRefusal } from './refusal.ts';
import { COLLECTION, openService } from './service.ts';
import { openWorld } from './world.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const rounded = (report: Report): Report =>
  Object.fromEntries(Object.entries(report).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 10_000) / 10_000 : v]));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function main(): Promise<void> {
  const { folder, mode, most, ...wants } = readArguments(process.argv.slice(2));
  const whole = await readCollection(folder);
  const collection = { ...whole, queries: whole.queries.slice(0, most) };
  const log = console.log;
  // The functions log a line a request; only what went wrong inside them is of use here.
  console.log = (line: string) => void (line.includes('"level":"error"') && say(line));
  const world = await openWorld(process.env);
  const tenant = `eval-${randomUUID()}`;
  const service = openService(world.env, tenant);
  if (world.real.length > 0)
    say(`Uses ${world.real.join(', ')}: makes the collection "${COLLECTION}" of the tenant ${tenant}, and deletes it at the end.`);
  const end = async (): Promise<void> => {
    if (world.real.includes('QDRANT_URL')) await service.remove();
    closeRedisPool();
    await world.close();
  };
  const stop = (): void => void end().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  try {
    const began = performance.now();
    await service.ingest(collection.documents, { rebuilt: !wants['as-ingested'] });
    const ingested = performance.now();
    const { report, milliseconds } = await measureSearch(service, collection, mode);
    if (wants.answers) Object.assign(report, await measureAnswers(service, collection));
    if (wants.refusal) Object.assign(report, await measureRefusal(() => openPorts(world.env, tenant), collection));
    // Time is for people: with it, two runs would not give the same bytes.
    if (wants.json) return log(JSON.stringify(rounded(report)));
    const times = { msPerQuery: Math.round(median(milliseconds) * 10) / 10, secondsToIngest: Math.round((ingested - began) / 100) / 10 };
    for (const [name, value] of Object.entries({ ...rounded(report), ...times })) log(`${name.padEnd(22)}${value}`);
  } finally {
    process.off('SIGINT', stop);
    await end();
    console.log = log;
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
