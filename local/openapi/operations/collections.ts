import { documentsParameters } from '../../../functions/collections/contract.ts';
import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import { parametersOf, type Operation } from '../operation.ts';
import { collectionInPath, documentInPath, UPSTREAM } from './shared.ts';

const reader = { function: 'collections', tag: 'collections', role: 'reader' } as const;
const writer = { ...reader, role: 'writer' } as const;

export const collectionsOperations: readonly Operation[] = [
  {
    ...reader,
    id: 'listCollections',
    method: 'get',
    path: '/collections',
    summary: 'List collections',
    description: 'Yours alone: nobody learns what another tenant has.',
    parameters: [],
    answers: { 200: { description: 'The collections.', content: { of: 'CollectionList' } } },
    codes: UPSTREAM,
  },
  {
    ...writer,
    id: 'createCollection',
    method: 'post',
    path: '/collections',
    summary: 'Create a collection',
    description: 'Ingesting makes one too; this lets you choose how. What is left out follows the configuration.',
    parameters: [],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'CreateCollectionRequest' } } },
    answers: { 201: { description: 'The collection.', content: { of: 'Collection' }, location: true } },
    codes: ['collection_exists', ...UPSTREAM],
  },
  {
    ...reader,
    id: 'getCollection',
    method: 'get',
    path: '/collections/{name}',
    summary: 'See a collection',
    description: 'Its counts, its state, and what decided how its texts became vectors.',
    parameters: [collectionInPath],
    answers: { 200: { description: 'The collection.', content: { of: 'Collection' } } },
    codes: ['collection_not_found', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'deleteCollection',
    method: 'delete',
    path: '/collections/{name}',
    summary: 'Delete a collection',
    description: 'With all its documents, at once and for good.',
    parameters: [collectionInPath],
    answers: { 204: { description: 'It is gone.' } },
    codes: ['collection_not_found', ...UPSTREAM],
  },
  {
    ...reader,
    id: 'listDocuments',
    method: 'get',
    path: '/collections/{name}/documents',
    summary: 'List documents',
    description: 'A page at a time, without their texts.',
    parameters: [
      collectionInPath,
      ...parametersOf(documentsParameters.shape, 'query', {
        limit: 'Documents of a page.',
        cursor: 'The nextCursor of the page before.',
      }),
    ],
    answers: { 200: { description: 'A page of documents.', content: { of: 'DocumentList' } } },
    codes: ['collection_not_found', ...UPSTREAM],
  },
  {
    ...reader,
    id: 'getDocument',
    method: 'get',
    path: '/collections/{name}/documents/{id}',
    summary: 'Read a document',
    description: 'With its stored text, of which every citation and hit is a slice.',
    parameters: [collectionInPath, documentInPath],
    answers: { 200: { description: 'The document.', content: { of: 'Document' } } },
    codes: ['collection_not_found', 'document_not_found', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'deleteDocument',
    method: 'delete',
    path: '/collections/{name}/documents/{id}',
    summary: 'Delete a document',
    description: 'With all its chunks; none remains afterwards.',
    parameters: [collectionInPath, documentInPath],
    answers: { 200: { description: 'How many chunks went.', content: { of: 'DocumentDeleted' } } },
    codes: ['collection_not_found', 'document_not_found', ...UPSTREAM],
  },
];
