import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MigrationError } from './migrate/ask.ts';
import type { Mark } from './migrate/copy.ts';
import { openMarks } from './migrate/marks.ts';
import { migrate } from './migrate/migrate.ts';

const USAGE = `usage: npm run migrate -- --from URL --to URL [--collection NAME …] [--dry-run]
         [--shards N] [--replication N] [--write-consistency N] [--rate POINTS_PER_SECOND]

Copies collections into another Qdrant and verifies them; the source is only read. Stop whoever writes to it first.
API keys: QDRANT_FROM_API_KEY and QDRANT_TO_API_KEY in the environment. A run that was cut off goes on where it was.`;

/** In the project's own folder, in a container a volume. */
const MARKS = fileURLToPath(new URL('../.rag/migrate', import.meta.url));
const RATE_DEFAULT = '2000';

/** @throws MigrationError for what is no URL of a Qdrant. */
function place(flag: string, url: string | undefined, apiKey: string | undefined): { url: string; apiKey: string | null } {
  if (url === undefined) throw new MigrationError(`${flag} is missing.\n${USAGE}`);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new MigrationError(`${flag} ${url} is no URL such as http://127.0.0.1:6333.`);
  return { url: url.replace(/\/$/, ''), apiKey: apiKey || null };
}

function whole(flag: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new MigrationError(`${flag} ${value}: write a whole number from 1 on.`);
  return Number(value);
}

/** A line that is written over on a terminal; elsewhere one every ten seconds. */
function progressLine(): (collection: string, mark: Mark, of: number) => void {
  const begun = new Map<string, { at: number; copied: number }>();
  let said = 0;
  return (collection, { copied, complete }, of) => {
    const now = Date.now();
    const start = begun.get(collection) ?? { at: now, copied };
    begun.set(collection, start);
    if (!process.stderr.isTTY && !complete && now - said < 10_000) return;
    said = now;
    const perSecond = (copied - start.copied) / Math.max(0.001, (now - start.at) / 1000);
    const left = perSecond > 0 ? `, ${Math.ceil((of - copied) / perSecond)} s left` : '';
    const line = `${collection}: ${copied} of ${of} points (${of === 0 ? 100 : Math.floor((copied / of) * 100)} %)${complete ? '' : left}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}${complete ? '\n' : ''}` : `${line}\n`);
  };
}

try {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      collection: { type: 'string', multiple: true, default: [] },
      shards: { type: 'string' },
      replication: { type: 'string' },
      'write-consistency': { type: 'string' },
      rate: { type: 'string', default: RATE_DEFAULT },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) console.log(USAGE);
  else {
    const from = place('--from', values.from, process.env.QDRANT_FROM_API_KEY);
    const to = place('--to', values.to, process.env.QDRANT_TO_API_KEY);
    await migrate({
      from,
      to,
      collections: values.collection,
      layout: {
        shards: whole('--shards', values.shards),
        replication: whole('--replication', values.replication),
        writeConsistency: whole('--write-consistency', values['write-consistency']),
      },
      rate: whole('--rate', values.rate)!,
      dryRun: values['dry-run'],
      marks: openMarks(MARKS, from.url, to.url),
      say: (line) => console.log(line),
      progress: progressLine(),
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
