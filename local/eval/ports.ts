import { connect } from '../../functions/_kernel/connect.ts';
import { searchable } from '../../functions/_kernel/corpus/searchable.ts';
import { readEnv } from '../../functions/_kernel/env.ts';
import type { MatchPorts } from '../../functions/_kernel/retrieval/match.ts';
import { COLLECTION } from './service.ts';

/** The evaluated collection as matching sees it, for what the functions' answers do not tell. */
export function openPorts(env: Readonly<Record<string, string>>, tenant: string): MatchPorts {
  const { corpus, embedder } = connect(readEnv(env), {
    requestId: 'eval',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: () => {},
    atEnd: () => {},
  });
  return searchable(corpus(tenant), COLLECTION, embedder);
}
