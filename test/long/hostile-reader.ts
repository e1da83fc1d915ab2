import { readFileSync } from 'node:fs';
import { chunk } from '../../functions/ingest/chunk.ts';
import { typeOfName } from '../../functions/_kernel/file-types.ts';
import { readFile } from '../../functions/ingest/read.ts';

/** The most memory the process ever had, in bytes: Linux keeps it in /proc; elsewhere it is libuv's, in KiB. */
function peak(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1_024;
  } catch {
    return process.resourceUsage().maxRSS * 1_024;
  }
}

// Reads one file as ingestion does, in a process of its own, and says what it cost: the parent cannot measure that of itself.
const [path] = process.argv.slice(2) as [string];
const type = typeOfName(path)!;
if (type === 'application/pdf') await import('unpdf');
globalThis.gc?.();
const before = process.memoryUsage.rss();
const started = performance.now();
const read = await readFile(readFileSync(path), type);
const chunks = 'readable' in read ? chunk(read.readable.text, { contentType: type }) : [];
console.log(
  JSON.stringify({
    why: 'why' in read ? read.why : null,
    characters: 'readable' in read ? read.readable.text.length : 0,
    chunks: chunks.length,
    longest: chunks.reduce((most, { start, end }) => Math.max(most, end - start), 0),
    ms: Math.round(performance.now() - started),
    mb: Math.round((peak() - before) / 1_048_576),
  }),
);
