import { contentType, idempotencyKey, multipartFields, rawParameters, TEXT_TYPES } from '../../../functions/ingest/contract.ts';
import { READABLE_ENDINGS } from '../../../functions/_kernel/file-types.ts';
import { INGEST_BODY_MAX_BYTES, JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import { parametersOf, type Content, type JsonSchema, type Operation, type Parameter } from '../operation.ts';
import { schemaOf } from '../schema.ts';
import { collectionInPath, jobInPath, languageTag, UPSTREAM } from './shared.ts';

const RAW = 'With a raw body only.';
const parameters: readonly Parameter[] = [
  ...parametersOf({ ...rawParameters.shape, language: languageTag }, 'query', {
    wait: 'Milliseconds to hold the answer until the job ends; it is 200 when it has ended, else 202.',
    collection: `${RAW} The collection; made when there is none of this name.`,
    id: `${RAW} The document’s id; the same id again replaces the document.`,
    title: `${RAW} The document’s title; else taken from the text.`,
    url: `${RAW} Where the document can be read; shown with citations.`,
    language: `${RAW} The document’s language (BCP 47); else detected.`,
  }),
  ...parametersOf({ 'Idempotency-Key': idempotencyKey }, 'header', {
    'Idempotency-Key': 'Makes a repeated request the same job instead of a second one; kept for a week. Another body under it is 409.',
  }),
];

const LEAVE = 'Every employee has twenty-five days of paid leave a year.';
const RAW_EXAMPLES: Readonly<Record<string, string>> = {
  'text/plain': LEAVE,
  'text/markdown': `# Leave\n\n${LEAVE}`,
  'text/html': `<title>Leave</title><p>${LEAVE}</p>`,
  'text/csv': 'kind,days\npaid leave,25\n',
  'application/x-ndjson': '{"kind":"paid leave","days":25}\n',
};

const isText = (type: string) => (TEXT_TYPES as readonly string[]).includes(type);
/** A raw body of each type that can be read; JSON is the request itself. */
const raw = Object.fromEntries(
  contentType.options
    .filter((type) => type !== 'application/json')
    .map((type): [string, Content] => [
      type,
      isText(type)
        ? { of: { type: 'string', description: 'One document, in UTF-8.' }, example: RAW_EXAMPLES[type] }
        : { of: { description: 'One document, as its file is.' } },
    ]),
);

/** What stands beside the files of a multipart body. */
const beside: Record<keyof typeof multipartFields.shape, JsonSchema> = {
  collection: { ...schemaOf(multipartFields.shape.collection), description: 'The collection; made when there is none of this name.' },
  language: { ...languageTag, description: 'The files’ language; else detected.' },
};

const files: Content = {
  of: {
    type: 'object',
    description: `Files whose names end in ${READABLE_ENDINGS.join(', ')}; a file’s name is its document’s id.`,
    properties: {
      ...beside,
      file: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', contentMediaType: 'application/octet-stream' },
        description: 'Any name of a field will do.',
      },
    },
    required: ['file'],
  },
  example: { collection: 'handbook', file: ['(the bytes of leave.pdf)'] },
};

const job = { description: 'The job as it stands.', content: { of: 'Job' } } as const;
const writer = { function: 'ingest', tag: 'ingest', role: 'writer' } as const;

export const ingestOperations: readonly Operation[] = [
  {
    ...writer,
    id: 'ingest',
    method: 'post',
    path: '/ingest',
    summary: 'Ingest documents',
    description:
      'Stores texts or files and indexes them in a job that goes on after the answer. The same document again is `unchanged` and costs no embedding; of a changed one only the changed chunks are embedded, and readers see the whole old version or the whole new one. A collection that does not exist is made.',
    parameters,
    body: {
      required: true,
      limitBytes: INGEST_BODY_MAX_BYTES,
      content: { 'application/json': { of: 'IngestRequest' }, 'multipart/form-data': files, ...raw },
    },
    answers: {
      200: { description: 'The job has ended within `wait`.', content: { of: 'Job' }, location: true },
      202: { description: 'The job has begun.', content: { of: 'Job' }, location: true },
    },
    codes: ['index_mismatch', 'idempotency_key_reused', 'document_unreadable', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'listJobs',
    method: 'get',
    path: '/ingest/jobs',
    summary: 'List jobs',
    description: 'The newest 50 jobs, newest first.',
    parameters: [],
    answers: { 200: { description: 'The jobs.', content: { of: 'JobList' } } },
    codes: UPSTREAM,
  },
  {
    ...writer,
    id: 'getJob',
    method: 'get',
    path: '/ingest/jobs/{id}',
    summary: 'See a job',
    description: 'How far a job is. One whose worker died is taken over by whoever looks.',
    parameters: [jobInPath],
    answers: { 200: job },
    codes: ['job_not_found', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'followJob',
    method: 'get',
    path: '/ingest/jobs/{id}/events',
    summary: 'Follow a job',
    description: 'Server-sent events: `progress` at every change, then exactly one `done` (the job as it ended) or `error` (a problem).',
    parameters: [jobInPath],
    answers: {
      200: {
        description: 'The job’s progress.',
        stream: {
          events: { progress: 'Job', done: 'Job', error: 'Problem' },
          example: 'event: progress\ndata: {"jobId":"…","state":"running", …}\n\nevent: done\ndata: {"jobId":"…","state":"succeeded", …}\n',
        },
      },
    },
    codes: ['job_not_found', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'cancelJob',
    method: 'delete',
    path: '/ingest/jobs/{id}',
    summary: 'Cancel a job',
    description: 'Gives up what is left of a job; documents that are done stay.',
    parameters: [jobInPath],
    answers: { 200: job },
    codes: ['job_not_found', ...UPSTREAM],
  },
  {
    ...writer,
    id: 'reindex',
    method: 'post',
    path: '/collections/{name}/reindex',
    role: 'admin',
    summary: 'Reindex a collection',
    description:
      'Builds the next index from the stored texts, with the model and chunking that are configured now, while the collection is read and written; then readers are switched to it at once. With `rollback` it goes back to the index before.',
    parameters: [collectionInPath],
    body: { required: false, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'ReindexRequest' } } },
    answers: { 202: { description: 'The job has begun.', content: { of: 'Job' }, location: true } },
    codes: ['collection_not_found', 'index_mismatch', ...UPSTREAM],
  },
];
