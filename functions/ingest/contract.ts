import * as z from 'zod/mini';
import { collectionName, metadata } from '../_kernel/http/fields.ts';
import { INGEST_DOCUMENTS_MAX, INGEST_WAIT_MAX_MS } from '../_kernel/limits.ts';
import { LANGUAGE_CODES, languageOf } from '../_kernel/retrieval/languages.ts';
import { shortText, wholeNumberText } from '../_kernel/schema.ts';

/** Types of documents that are text, and can be sent inside JSON. */
export const TEXT_TYPES = ['text/plain', 'text/markdown', 'text/html', 'text/csv', 'application/json', 'application/x-ndjson'] as const;
const FILE_TYPES = ['application/pdf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'] as const;

/** How a file is to be read; all but plain text and Markdown become readable text before they are stored. */
export const contentType = z.enum([...TEXT_TYPES, ...FILE_TYPES]);
export type ContentType = z.infer<typeof contentType>;

const textType = z.enum(TEXT_TYPES, {
  error: `must be ${TEXT_TYPES.slice(0, -1).join(', ')} or ${TEXT_TYPES.at(-1)}; send PDF and Word files as files`,
});
export type TextType = z.infer<typeof textType>;

/** What a document may be called by; a file's name is its id. */
const documentId = z.string().check(
  z.minLength(1, { error: 'must not be empty; leave it out to have one made' }),
  z.maxLength(512, { error: 'has more than 512 characters' }),
  z.refine((id) => id !== '.' && id !== '..', { error: 'must not be . or .., which the path of a URL cannot name' }),
);
const languageError = {
  error: `must be one of ${LANGUAGE_CODES.join(', ')}, with a region or not (pt-BR); leave it out to have it detected`,
};
/** The language a document is analysed in, as BCP 47 names it. */
const language = z.pipe(
  z.string(languageError).check(z.refine((tag) => languageOf(tag) !== null, languageError)),
  z.transform((tag) => languageOf(tag)!),
);
const naming = {
  id: z.optional(documentId),
  title: z.optional(shortText(1024)),
  url: z.optional(shortText(2048)),
  language: z.optional(language),
};

const ingestDocument = z.strictObject({
  ...naming,
  text: z.string({ error: 'must be a string: the text of the document' }).check(
    z.refine((text) => text.trim() !== '', {
      error: 'is empty; leave the document out, or delete it to remove it from the collection',
    }),
  ),
  contentType: z._default(textType, 'text/plain'),
  metadata: z._default(metadata, {}),
});
export type IngestDocument = z.infer<typeof ingestDocument>;

const documents = z
  .array(ingestDocument, { error: 'must be a list of documents' })
  .check(
    z.minLength(1, { error: 'must have at least one document' }),
    z.maxLength(INGEST_DOCUMENTS_MAX, { error: `has more than ${INGEST_DOCUMENTS_MAX} documents; send the rest in further requests` }),
  );

/** JSON body of `POST /ingest`. */
export const ingestRequest = z.strictObject({ collection: z._default(collectionName, 'default'), documents });

/** Fields beside the files of a multipart body. */
export const multipartFields = z.strictObject({ collection: z._default(collectionName, 'default'), language: z.optional(language) });

const wait = z._default(wholeNumberText(0, INGEST_WAIT_MAX_MS), 0);
/** Query string of `POST /ingest` with JSON or multipart: how many milliseconds to wait for the job's end. */
export const ingestParameters = z.strictObject({ wait });
/** Query string of `POST /ingest` with a raw text body. */
export const rawParameters = z.strictObject({ wait, collection: z._default(collectionName, 'default'), ...naming });

/** 1–255 visible ASCII characters, as in draft-ietf-httpapi-idempotency-key-header. */
export const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/, { error: 'must be 1–255 visible ASCII characters' }));

/** Path and body of `POST /collections/{name}/reindex`; the body may be left out. */
export const reindexPath = z.object({ name: collectionName });
export const reindexRequest = z.strictObject({ rollback: z._default(z.boolean({ error: 'must be true or false' }), false) });

export const jobState = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']);

/** 202 of `POST /ingest`, and everything that shows a job. */
export const jobResponse = z.object({
  jobId: z.string(),
  collection: z.string(),
  state: jobState,
  documents: z.object({ total: z.number(), done: z.number(), unchanged: z.number(), failed: z.number() }),
  chunks: z.object({ total: z.number(), done: z.number() }),
  failures: z.array(z.object({ documentId: z.string(), code: z.string(), detail: z.string() })),
  waitingFor: z.optional(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type JobResponse = z.infer<typeof jobResponse>;
export const jobListResponse = z.object({ jobs: z.array(jobResponse) });
