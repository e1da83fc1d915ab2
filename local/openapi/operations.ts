import { chatOperations } from './operations/chat.ts';
import { collectionsOperations } from './operations/collections.ts';
import { docsOperations } from './operations/docs.ts';
import { ingestOperations } from './operations/ingest.ts';
import { mcpOperations } from './operations/mcp.ts';
import { queryOperations } from './operations/query.ts';
import { searchOperations } from './operations/search.ts';
import { statusOperations } from './operations/status.ts';
import type { Operation } from './operation.ts';

/** Every operation, in the order in which the document tells of them. */
export const OPERATIONS: readonly Operation[] = [
  ...searchOperations,
  ...queryOperations,
  ...ingestOperations,
  ...collectionsOperations,
  ...statusOperations,
  ...mcpOperations,
  ...chatOperations,
  ...docsOperations,
];

/** What operations are grouped by. */
export const TAGS: Readonly<Record<string, string>> = {
  search: 'Finding passages.',
  query: 'Answers with citations.',
  ingest: 'Bringing documents in, and the jobs that index them.',
  collections: 'What is kept.',
  status: 'How the service and what it depends on are.',
  mcp: 'The Model Context Protocol, for programs that let a model use tools.',
  openai: 'OpenAI’s chat completions, for programs that speak them already.',
  docs: 'This document.',
};
