import { startQdrant } from '../../../local/qdrant/qdrant.ts';

// A stand-in in a process of its own, so that a test can kill it: prints its address and serves until then.
const server = await startQdrant({ dataDir: process.argv[2] ?? null, port: Number(process.argv[3] ?? 0) });
process.stdout.write(`${server.url}\n`);
