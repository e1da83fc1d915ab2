import { DEPENDENCIES } from '../failure.ts';

// Everything that is measured. Labels are closed lists of the service's own words: never a tenant, a document or a question.
// Names and units follow Prometheus' manual, "Metric and label naming".

/** Every way a breaker can go. */
const WAYS = [
  ['closed', 'open'],
  ['open', 'half_open'],
  ['half_open', 'open'],
  ['half_open', 'closed'],
  ['closed', 'isolated'],
  ['open', 'isolated'],
  ['half_open', 'isolated'],
  ['isolated', 'closed'],
] as const;

/** Seconds, from a search on the same machine to an answer of a slow model. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

/**
 * What only grows. Where all label values are known they stand in `from`, so that each series begins at 0: of one that begins with its
 * first event, Prometheus' `increase()` does not see that event.
 */
export const COUNTERS = {
  rag_http_requests_total: { labels: ['function', 'route', 'method', 'status'], help: 'Requests answered.' },
  rag_dependency_calls_total: {
    labels: ['dependency', 'outcome'],
    from: DEPENDENCIES.flatMap((dependency) => ['ok', 'fault', 'answer', 'cancelled', 'rejected'].map((outcome) => [dependency, outcome])),
    help: 'Attempts at a dependency: ok, fault, answer (it refused the request itself), cancelled (the caller left), rejected (by the breaker or the bulkhead; no call was made).',
  },
  rag_breaker_transitions_total: {
    labels: ['dependency', 'from', 'to'],
    from: DEPENDENCIES.flatMap((dependency) => WAYS.map((way) => [dependency, ...way])),
    help: 'Changes of a breaker, by the states between which; each is counted by the one instance that brought it about.',
  },
  rag_retries_total: {
    labels: ['dependency'],
    from: DEPENDENCIES.map((dependency) => [dependency]),
    help: 'Attempts after the first.',
  },
  rag_degraded_answers_total: {
    labels: ['kind'],
    from: [
      ['embedding_unavailable:sparse_only'],
      ['generation_unavailable:extractive'],
      ['redis_unavailable:local_breakers'],
      ['rewrite_failed:original_question'],
      ['rerank_failed:fused_order'],
      ['passages_dropped:context_budget'],
      ['prompt_truncated:by_model'],
    ],
    help: 'Answers that had to do without something, by what the answer said.',
  },
  rag_refusals_total: {
    labels: ['reason'],
    from: [['no_hits'], ['no_evidence'], ['not_in_passages']],
    help: 'Questions that were not answered, by reason.',
  },
  rag_cache_lookups_total: {
    labels: ['cache', 'outcome'],
    from: ['vector', 'answer'].flatMap((cache) => ['hit', 'miss'].map((outcome) => [cache, outcome])),
    help: 'Lookups in the caches: hit or miss.',
  },
  rag_tokens_total: {
    labels: ['kind'],
    from: [['prompt'], ['answer']],
    help: 'Tokens that the writer read (prompt) and wrote (answer).',
  },
  rag_chunks_indexed_total: {
    labels: [],
    from: [[]],
    help: 'Chunks written by ingestion and reindexing.',
  },
  rag_jobs_total: {
    labels: ['state'],
    from: [['queued'], ['succeeded'], ['partial'], ['failed'], ['cancelled']],
    help: 'Jobs that began (queued) and ended (succeeded, partial, failed, cancelled).',
  },
} as const;

/** Distributions, in seconds. */
export const HISTOGRAMS = {
  rag_http_request_duration_seconds: {
    labels: ['function', 'route'],
    buckets: REQUEST_SECONDS,
    help: 'From the request to the end of its answer, streams included.',
  },
  rag_dependency_call_duration_seconds: {
    labels: ['dependency'],
    buckets: REQUEST_SECONDS,
    help: 'One attempt at a dependency; of a stream, until its first item.',
  },
} as const;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
type LabelsOf<Names extends readonly string[]> = Readonly<Record<Names[number], string>>;
export type CounterLabels<Name extends CounterName> = LabelsOf<(typeof COUNTERS)[Name]['labels']>;
export type HistogramLabels<Name extends HistogramName> = LabelsOf<(typeof HISTOGRAMS)[Name]['labels']>;
