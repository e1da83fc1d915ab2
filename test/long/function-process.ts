import { startServer } from '../../compose/server.ts';

// A process that runs the functions, to be killed: says its address, and serves until it dies.
const server = await startServer({ env: process.env, port: 0, host: '127.0.0.1' });
process.send?.(server.url);
