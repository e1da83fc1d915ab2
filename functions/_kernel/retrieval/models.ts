/** What is particular to an embedding model: how it wants to be asked, and how much its nearness counts beside the words. */
export type ModelProfile = { queryPrefix: string; documentPrefix: string; denseWeight: number };

/** A hash of the same words as the sparse vector: a lossy copy of it, so it only breaks ties (measured best at 0.1). */
const HASHED = 0.1;
/** A neural model sees what the words do not and misses what they say: about even, from published fusions of both. */
const NEURAL = 0.5;

/** BERT-sized models that were trained with this sentence before the question and nothing before the passage. */
const REPRESENT: ModelProfile = {
  queryPrefix: 'Represent this sentence for searching relevant passages: ',
  documentPrefix: '',
  denseWeight: NEURAL,
};

const PROFILES: [pattern: RegExp, profile: ModelProfile][] = [
  [/^emulated-embed$/, { queryPrefix: '', documentPrefix: '', denseWeight: HASHED }],
  // https://huggingface.co/nomic-ai/nomic-embed-text-v1.5: task prefixes are required
  [/^nomic-embed-text/, { queryPrefix: 'search_query: ', documentPrefix: 'search_document: ', denseWeight: NEURAL }],
  // https://huggingface.co/mixedbread-ai/mxbai-embed-large-v1
  [/^mxbai-embed-large/, REPRESENT],
  // https://huggingface.co/intfloat/e5-large-v2 and its multilingual siblings
  [/^(.+\/)?(multilingual-)?e5-/, { queryPrefix: 'query: ', documentPrefix: 'passage: ', denseWeight: NEURAL }],
  // https://huggingface.co/BAAI/bge-large-en-v1.5; bge-m3 wants none
  [/^(.+\/)?bge-(small|base|large)/, REPRESENT],
  // https://huggingface.co/Snowflake/snowflake-arctic-embed-l-v2.0: the second generation has another prefix than the first
  [/^(.+\/)?snowflake-arctic-embed(2|-[a-z]+-v2)/, { queryPrefix: 'query: ', documentPrefix: '', denseWeight: NEURAL }],
  // https://huggingface.co/Snowflake/snowflake-arctic-embed-m
  [/^(.+\/)?snowflake-arctic-embed/, REPRESENT],
  // https://huggingface.co/Qwen/Qwen3-Embedding-0.6B: an instruction for the question, of which its makers give this one for search
  [
    /^(.+\/)?qwen3-embedding/i,
    {
      queryPrefix: 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:',
      documentPrefix: '',
      denseWeight: NEURAL,
    },
  ],
  // https://ai.google.dev/gemma/docs/embeddinggemma/model_card
  [/^(.+\/)?embeddinggemma/, { queryPrefix: 'task: search result | query: ', documentPrefix: 'title: none | text: ', denseWeight: NEURAL }],
];

/** The profile of a model by its Ollama name, with or without a tag; models not listed get no prefix and an even weight. */
export function modelProfile(model: string): ModelProfile {
  const name = model.replace(/:[^/]*$/, '');
  return PROFILES.find(([pattern]) => pattern.test(name))?.[1] ?? { queryPrefix: '', documentPrefix: '', denseWeight: NEURAL };
}
