import { expect, test } from 'vitest';
import { modelProfile } from '../../../functions/_kernel/retrieval/models.ts';

const REPRESENT = 'Represent this sentence for searching relevant passages: ';

test.each([
  ['nomic-embed-text:latest', 'search_query: ', 'search_document: '],
  ['mxbai-embed-large', REPRESENT, ''],
  ['snowflake-arctic-embed:335m', REPRESENT, ''],
  ['snowflake-arctic-embed2', 'query: ', ''],
  ['hf.co/someone/snowflake-arctic-embed-l-v2.0-GGUF', 'query: ', ''],
  ['qwen3-embedding:0.6b', 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:', ''],
  [
    'hf.co/Qwen/Qwen3-Embedding-4B-GGUF:Q8_0',
    'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:',
    '',
  ],
  ['embeddinggemma:300m', 'task: search result | query: ', 'title: none | text: '],
  ['bge-m3', '', ''],
  ['all-minilm:l6-v2', '', ''],
])('%s is asked as its makers say, and weighs as much as the words', (model, queryPrefix, documentPrefix) => {
  expect(modelProfile(model)).toEqual({ queryPrefix, documentPrefix, denseWeight: 0.5 });
});
