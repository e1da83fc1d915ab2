import { ask } from './ask.ts';
import { breakers } from './breakers.ts';
import { collections } from './collections.ts';
import type { Command } from './command.ts';
import { completion } from './completion.ts';
import { documents } from './documents.ts';
import { fault } from './fault.ts';
import { ingest } from './ingest.ts';
import { jobs } from './jobs.ts';
import { mcp } from './mcp.ts';
import { search } from './search.ts';
import { status } from './status.ts';

/** The commands of `rag`, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  ingest,
  search,
  ask,
  documents,
  collections,
  jobs,
  status,
  breakers,
  fault,
  mcp,
  completion(() => COMMANDS),
];
