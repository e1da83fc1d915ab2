import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { startGateway, type Gateway } from '../../local/gateway/gateway.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';
import { gatewayFile } from '../../local/wiring.ts';
import type { InjectedFault } from '../../local/faults.ts';

// A world of its own for a load run, in a process of its own, so that whoever asks and whoever answers share no event loop.
// Its gateway is gateway/kong.yml with a consumer for each user, since limits count by consumer.

type Order =
  | { users: number; runtime: 'workerd' | 'node' }
  | { service: 'redis' | 'qdrant' | 'ollama'; fault: InjectedFault }
  | { end: true };
export type Started = { url: string; keys: string[] };

const folder = mkdtempSync(join(tmpdir(), 'load-'));
let emulator: Emulator | null = null;
let gateway: Gateway | null = null;

type Kong = { consumers: { username: string; custom_id?: string; keyauth_credentials?: { key: string }[]; acls?: { group: string }[] }[] };

/** The file with one more consumer for each user, each a tenant of its own. */
function withUsers(text: string, users: number): { text: string; keys: string[] } {
  const file = parse(text) as Kong;
  const keys = Array.from({ length: users }, (_, i) => `load-user-${i}-0123456789-0123456789-0123456789`);
  keys.forEach((key, i) =>
    file.consumers.push({ username: `load-user-${i}`, keyauth_credentials: [{ key }], acls: [{ group: 'reader' }, { group: 'writer' }] }),
  );
  return { text: stringify(file), keys };
}

async function begin(users: number, runtime: 'workerd' | 'node'): Promise<Started> {
  const file = join(folder, '.env');
  ensureEnv(file);
  writeFileSync(file, 'CACHE_TTL_SECONDS=0\n', { flag: 'a' });
  const settings = readSettings(file, { PORT: '0' });
  emulator = await startEmulator({ settings, dataDir: join(folder, 'data'), log: () => {}, runtime });
  const { text, keys } = withUsers(gatewayFile(settings, emulator.redis.url, emulator.functions), users);
  gateway = await startGateway({ config: text, port: 0, log: () => {} });
  return { url: gateway.url, keys };
}

const tell = (message: object) => process.send!(message);
process.on('message', (order: Order) => {
  void (async () => {
    if ('users' in order) tell(await begin(order.users, order.runtime));
    else if ('service' in order) {
      await emulator![order.service].faults!.set(order.fault);
      tell({ done: true });
    } else {
      await gateway?.close();
      await emulator?.close();
      rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    }
  })();
});
