import { under } from './under.ts';

const SEARCHED = {
  collection: 'The collection to search.',
  limit: 'How many passages at most. The first k of a longer list are the list of k.',
  mode: 'By meaning and words (hybrid), by meaning alone (dense), or by words alone (sparse).',
  filter: 'Conditions on the documents’ metadata.',
  scoreThreshold: 'Leaves out passages whose fused score is below.',
  diversity: 'How much unlike each other the passages should be (maximal marginal relevance): 0 not at all.',
  maxPerDocument: 'Passages of one document at most.',
  rewrite: 'Lets the model reword the question first (single), or add further queries (multi); a call to the model.',
  rerank: 'Lets the model sort the best twenty passages; a call to the model.',
};
const CONDITIONS = { must: 'All of these must hold.', should: 'At least one of these must hold.', mustNot: 'None of these may hold.' };
const FILTER = Object.fromEntries(
  Object.entries(CONDITIONS).flatMap(([list, words]) => [
    [`Filter.${list}`, words],
    [`Filter.${list}.key`, 'The key of the metadata.'],
    [`Filter.${list}.match`, 'The value it has; of a list, one of its values.'],
    [`Filter.${list}.any`, 'The values it has one of.'],
    [`Filter.${list}.range`, 'Bounds of a number.'],
    [`Filter.${list}.range.gt`, 'Above.'],
    [`Filter.${list}.range.gte`, 'At least.'],
    [`Filter.${list}.range.lt`, 'Below.'],
    [`Filter.${list}.range.lte`, 'At most.'],
  ]),
);

/** What the fields of requests mean. */
export const REQUEST_WORDS: Readonly<Record<string, string>> = {
  Filter: 'A document matches when all of must, at least one of should (if any) and none of mustNot hold.',
  ...FILTER,
  'SearchRequest.query': 'The question, 1–10,000 characters after trimming.',
  ...under('SearchRequest', SEARCHED),
  'QueryRequest.question': 'The question, 1–10,000 characters after trimming.',
  ...under('QueryRequest', SEARCHED),
  'QueryRequest.stream': 'Whether the answer comes as server-sent events.',
  'QueryRequest.maxAnswerTokens': 'Tokens of the answer at most.',
  'QueryRequest.history': 'The conversation so far, oldest first; a follow-up is understood by it.',
  'QueryRequest.history.role': 'Who said it.',
  'QueryRequest.history.content': 'What was said.',
  'QueryRequest.answerMode': 'By the model (generated), by verbatim sentences (extractive), or by the model while it is there (auto).',
  'IngestRequest.collection': 'The collection; made when there is none of this name.',
  'IngestRequest.documents': 'Documents as text; PDF and Word files are sent as files.',
  'IngestRequest.documents.id': 'The same id again replaces the document; made from the text when left out.',
  'IngestRequest.documents.title': 'Else taken from the text.',
  'IngestRequest.documents.url': 'Where the document can be read; shown with citations.',
  'IngestRequest.documents.language': 'BCP 47; else detected.',
  'IngestRequest.documents.text': 'The whole document.',
  'IngestRequest.documents.contentType': 'How the text is to be read.',
  'IngestRequest.documents.metadata': 'What filters ask for.',
  'ReindexRequest.rollback': 'Whether to go back to the index before instead.',
  'CreateCollectionRequest.name': 'What it is called.',
  'CreateCollectionRequest.description': 'What is in it, for people.',
  'CreateCollectionRequest.chunking': 'How its texts are cut.',
  'CreateCollectionRequest.chunking.chars':
    'How long a passage should be, in UTF-16 code units; the longest is half as much again, at most 1,200.',
  'CreateCollectionRequest.embeddingModel': 'An embedding model that Ollama has, by its name there.',
  'SteerRequest.state': 'isolated lets no call through until closed does again.',
};
