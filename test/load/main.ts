import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drive } from './drive.ts';
import { broken, histogram, lacks, recoveryMs, table } from './report.ts';
import { fill } from './library.ts';
import { COLLECTION, endOf, SCENARIOS } from './scenarios.ts';
import type { Started } from './world.ts';

const USAGE = `npm run load -- [--scenario ${Object.keys(SCENARIOS).join('|')}] [--users N] [--seconds N] [--runtime node|workerd]
                [--url http://… --keys key,key…]

Drives users through the gateway and counts what each answer was: success, degraded, limited (429), unavailable (503), error.
Without --url it starts an emulator of its own; with it each key's tenant gets a collection ${COLLECTION}, which stays.
Exits with 1 when a threshold of the scenario is broken.`;

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`--${name} ${text}: must be a whole number of at least 1`);
  return Number(text);
}

/** A world of its own in another process, or the one at an address. */
async function open(users: number, runtime: string, url: string | undefined, keys: readonly string[]) {
  if (url !== undefined) {
    if (keys.length === 0) throw new Error('--url needs --keys: API keys of that gateway, separated by commas');
    await fill(url, keys);
    return { url, keys, fault: null, close: async () => {} };
  }
  const child = fork(fileURLToPath(new URL('world.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Its log would be a line a request between ours.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = async (order: object): Promise<unknown> => {
    child.send(order);
    return (
      (await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => Promise.reject(new Error('the emulator has ended'))),
      ])) as unknown[]
    )[0];
  };
  const started = (await ask({ users, runtime })) as Started;
  await fill(started.url, started.keys);
  return {
    ...started,
    fault: async (service: string, mode: string) => void (await ask({ service, fault: { mode } })),
    close: async () => {
      const gone = once(child, 'exit');
      child.send({ end: true });
      await gone;
    },
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'load' },
      users: { type: 'string' },
      seconds: { type: 'string' },
      runtime: { type: 'string', default: 'node' },
      url: { type: 'string' },
      keys: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const build = SCENARIOS[values.scenario];
  if (build === undefined) throw new Error(`--scenario ${values.scenario}: must be one of ${Object.keys(SCENARIOS).join(', ')}`);
  if (!['node', 'workerd'].includes(values.runtime)) throw new Error(`--runtime ${values.runtime}: must be node or workerd`);
  const scenario = build(whole('users', values.users), whole('seconds', values.seconds));
  const users = Math.max(...scenario.stages.map((stage) => stage.users));
  const world = await open(users, values.runtime, values.url, values.keys.split(',').filter(Boolean));
  const { outage } = scenario;
  if (outage !== null && world.fault === null)
    console.log(`Stop ${outage.service} after ${outage.from} s, and start it again ${outage.seconds} s later: this run cannot.`);
  try {
    console.log(
      `${values.scenario}: ${scenario.what} ${users} users through ${world.url} (${values.url === undefined ? values.runtime : 'yours'})`,
    );
    const faults: Promise<void>[] = [];
    const samples = await drive(scenario, { url: world.url, keyOf: (user) => world.keys[user % world.keys.length]! }, (second) => {
      if (outage === null || world.fault === null) return;
      if (second === Math.round(outage.from)) faults.push(world.fault(outage.service, 'down'));
      if (second === Math.round(outage.from + outage.seconds)) faults.push(world.fault(outage.service, 'up'));
    });
    await Promise.all(faults);
    console.log(`\n${table(samples, scenario)}\n\n${lacks(samples, scenario)}\n\n${histogram(samples)}\n`);
    console.log(`${samples.length} requests, ${(samples.length / endOf(scenario)).toFixed(1)} a second`);
    if (outage !== null) {
      const ms = recoveryMs(samples, scenario);
      console.log(
        ms === null ? 'never recovered' : `every answer whole again ${(ms / 1000).toFixed(1)} s after ${outage.service} was back`,
      );
    }
    const failures = broken(samples, scenario);
    for (const failure of failures) console.log(`broken: ${failure}`);
    return failures.length === 0 ? 0 : 1;
  } finally {
    await world.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
