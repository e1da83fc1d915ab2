import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// `npm run test:offline [-- vitest's arguments]`: the whole suite where there is no network but a loopback of its own.
// A network namespace that nothing is put into has no way out (network_namespaces(7)).

const root = fileURLToPath(new URL('..', import.meta.url));
const { REDIS_URL: _, QDRANT_URL: __, OLLAMA_URL: ___, ...env } = process.env;

/** Ends with status 0 where a packet to the outside has no way; 192.0.2.0/24 belongs to nobody (RFC 5737). */
const NO_WAY_OUT = `require('node:net').connect(80, '192.0.2.1')
  .on('connect', () => process.exit(1)).on('error', ({ code }) => process.exit(code === 'ENETUNREACH' ? 0 : 1));
setTimeout(() => process.exit(1), 5000);`;

/** Without root a namespace of users of one's own gives the right to make one of networks, where the system allows that. */
const namespaces = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net'];
const inside = (...command: string[]) =>
  spawnSync('unshare', [...namespaces, 'sh', '-c', '{ ip link set lo up || ifconfig lo up; } && exec "$@"', 'sh', ...command], {
    cwd: root,
    env,
    stdio: 'inherit',
  });

const allowed = process.platform === 'linux' ? spawnSync('unshare', [...namespaces, 'true']).status === 0 : false;
if (!allowed)
  console.log('SKIPPED: a network namespace takes Linux, and root or unprivileged user namespaces; nothing was run with the network off.');
else if (inside(process.execPath, '-e', NO_WAY_OUT).status !== 0) {
  console.error('The network is not off inside the namespace, or its loopback cannot be brought up (ip or ifconfig is needed).');
  process.exitCode = 1;
} else {
  console.log('The network is off: loopback only, and no way out.');
  const vitest = `${root}node_modules/vitest/vitest.mjs`;
  process.exitCode = inside(process.execPath, vitest, 'run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)).status ?? 1;
}
