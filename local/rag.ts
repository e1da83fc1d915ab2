#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { main } from './commands/main.ts';

const ended = new AbortController();
process.once('SIGINT', () => ended.abort());
// Whoever reads may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  home: fileURLToPath(new URL('..', import.meta.url)),
  script: fileURLToPath(import.meta.url),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch,
  signal: ended.signal,
});
// What a command had begun would keep the process.
if (ended.signal.aborted) process.exit();
