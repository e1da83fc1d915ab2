// One example of each body, as a reader of the handbook's collection would meet them. A test holds each against its schema.

const hit = {
  chunkId: '5a0f3c1e-7d2b-5c8e-9b1a-2f4e6d8c0a13',
  documentId: 'leave.md',
  title: 'Leave',
  url: null,
  text: 'Every employee has twenty-five days of paid leave a year.',
  span: { start: 120, end: 177 },
  scores: { dense: 0.71, sparse: 9.3, fused: 0.83 },
  metadata: { lang: 'en' },
};
const citation = {
  marker: 1,
  chunkId: hit.chunkId,
  documentId: hit.documentId,
  title: hit.title,
  url: null,
  quote: hit.text,
  start: 120,
  end: 177,
};
const answer = {
  question: 'How many days of leave do I have?',
  answerable: true,
  answer: 'Twenty-five days a year [1].',
  mode: 'generated',
  citations: [citation],
  unsupported: [],
  hits: [hit],
  model: 'llama3.2',
  degraded: [],
  timings: { embedMs: 3.1, searchMs: 4, answerMs: 812.4, totalMs: 820.2 },
  usage: { promptTokens: 412, answerTokens: 9 },
};
const job = {
  jobId: '0b7c9a52-6f0e-5d0a-9a59-3f6f0f0c2f11',
  collection: 'handbook',
  state: 'running',
  documents: { total: 2, done: 1, unchanged: 0, failed: 0 },
  chunks: { total: 14, done: 9 },
  failures: [],
  createdAt: '2026-03-01T09:00:00.000Z',
  updatedAt: '2026-03-01T09:00:01.250Z',
};
const collection = {
  name: 'handbook',
  description: 'What everyone should know',
  documents: 2,
  chunks: 14,
  fingerprint: {
    model: 'nomic-embed-text',
    digest: '0a109f422b47',
    dimension: 768,
    queryPrefix: 'search_query: ',
    documentPrefix: 'search_document: ',
    chunker: 'structure-2',
    chunkChars: 800,
    analyser: '3',
  },
  statistics: { passages: 14, lengths: { stems: 61.2, bigrams: 55.9, grams: 388.4 }, language: 'en' },
  state: 'green',
  createdAt: '2026-03-01T09:00:00.000Z',
};
const summary = {
  id: 'leave.md',
  title: 'Leave',
  url: null,
  contentType: 'text/markdown',
  language: null,
  metadata: { lang: 'en' },
  chunks: 7,
  characters: 5120,
  version: '9f2c41',
  updatedAt: '2026-03-01T09:00:01.250Z',
};
const usage = { prompt_tokens: 412, completion_tokens: 9, total_tokens: 421 };
const aside = { answerable: true, mode: 'generated', unsupported: [], degraded: [] };
const annotation = {
  type: 'url_citation',
  url_citation: { start_index: 24, end_index: 27, title: 'Leave', url: 'rag://handbook/leave.md#120-177', quote: hit.text },
};
const said = { id: 'chatcmpl-2f6c1f0e', created: 1_772_355_600, model: 'handbook' };
const model = { id: 'handbook', object: 'model', created: 1_772_355_600, owned_by: 'rag' };
const breaker = { state: 'closed', failures: 0, since: null, retryAfterMs: 0, lastReason: null, transitions: {} };
const each = <T>(value: T) => ({ ollama_embedding: value, ollama_generation: value, qdrant_search: value, qdrant_write: value });
const probe = { up: true, latencyMs: 2.4, version: '1.0.0', problem: null };

/** By the name of the schema they are examples of. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  SearchRequest: {
    query: 'How does a breaker recover?',
    collection: 'handbook',
    limit: 5,
    filter: { must: [{ key: 'lang', match: 'en' }] },
  },
  SearchResponse: {
    query: 'How many days of leave do I have?',
    collection: 'handbook',
    mode: 'hybrid',
    hits: [hit],
    degraded: [],
    timings: { embedMs: 3.1, searchMs: 4, totalMs: 8.2 },
  },
  QueryRequest: { question: 'How many days of leave do I have?', collection: 'handbook' },
  QueryResponse: answer,
  IngestRequest: {
    collection: 'handbook',
    documents: [{ id: 'leave.md', text: '# Leave\n\nEvery employee has …', contentType: 'text/markdown', metadata: { lang: 'en' } }],
  },
  Job: job,
  JobList: { jobs: [job] },
  ReindexRequest: { rollback: false },
  CreateCollectionRequest: { name: 'handbook', description: 'What everyone should know', chunking: { chars: 800 } },
  Collection: collection,
  CollectionList: { collections: [collection] },
  DocumentList: { documents: [summary], nextCursor: null },
  Document: { ...summary, text: '# Leave\n\nEvery employee has …' },
  DocumentDeleted: { chunksDeleted: 7 },
  Health: { status: 'healthy', version: '0.1.0', circuitBreakers: each('closed'), redis: 'up' },
  ChatRequest: { model: 'handbook', messages: [{ role: 'user', content: 'How many days of leave do I have?' }] },
  ChatAnnotation: annotation,
  ChatCompletion: {
    ...said,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.answer, refusal: null, annotations: [annotation] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    x_rag: aside,
  },
  ChatCompletionChunk: {
    ...said,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { annotations: [annotation] }, logprobs: null, finish_reason: 'stop' }],
    x_rag: aside,
  },
  Model: model,
  ModelList: { object: 'list', data: [model] },
  SteerRequest: { state: 'isolated' },
  Breaker: { ...breaker, state: 'isolated', since: '2026-03-01T09:00:00.000Z' },
  Status: {
    version: '0.1.0',
    dependencies: {
      qdrant: { ...probe, collections: 1, cluster: null },
      ollama: { ...probe, models: [{ name: 'nomic-embed-text', role: 'embedding', present: true }] },
      redis: probe,
    },
    circuitBreakers: each(breaker),
  },
};
