/** What is particular to an embedding model: how it wants to be asked, and how much its nearness counts beside the words. */
export type ModelProfile = { queryPrefix: string; documentPrefix: string; denseWeight: number };

/** A hash of the same words as the sparse vector: a lossy copy of it, so it only breaks ties (measured best at 0.1). */
const HASHED = 0.1;
/** A neural model sees what the words do not and misses what they say: about even, from published fusions of both. */
const NEURAL = 0.5;

const PROFILES: [pattern: RegExp, profile: ModelProfile][] = [
  [/^emulated-embed$/, { queryPrefix: '', documentPrefix: '', denseWeight: HASHED }],
  // https://huggingface.co/nomic-ai/nomic-embed-text-v1.5: task prefixes are required
  [/^nomic-embed-text/, { queryPrefix: 'search_query: ', documentPrefix: 'search_document: ', denseWeight: NEURAL }],
  // https://huggingface.co/mixedbread-ai/mxbai-embed-large-v1
  [
    /^mxbai-embed-large/,
    { queryPrefix: 'Represent this sentence for searching relevant passages: ', documentPrefix: '', denseWeight: NEURAL },
  ],
  // https://huggingface.co/intfloat/e5-large-v2 and its multilingual siblings
  [/^(.+\/)?(multilingual-)?e5-/, { queryPrefix: 'query: ', documentPrefix: 'passage: ', denseWeight: NEURAL }],
  // https://huggingface.co/BAAI/bge-large-en-v1.5; bge-m3 wants none
  [
    /^(.+\/)?bge-(small|base|large)/,
    { queryPrefix: 'Represent this sentence for searching relevant passages: ', documentPrefix: '', denseWeight: NEURAL },
  ],
];

/** The profile of a model by its Ollama name, with or without a tag; models not listed get no prefix and an even weight. */
export function modelProfile(model: string): ModelProfile {
  const name = model.replace(/:[^/]*$/, '');
  return PROFILES.find(([pattern]) => pattern.test(name))?.[1] ?? { queryPrefix: '', documentPrefix: '', denseWeight: NEURAL };
}
