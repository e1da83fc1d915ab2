import * as z from 'zod';
import { collectionName, metadata } from '../_kernel/http/fields.ts';
import { INGEST_DOCUMENTS_MAX, INGEST_WAIT_MAX_MS } from '../_kernel/limits.ts';

/** How a text is to be read; HTML is reduced to its readable text before it is stored. */
export const contentType = z.enum(['text/plain', 'text/markdown', 'text/html'], {
  error: 'must be text/plain, text/markdown or text/html',
});
export type ContentType = z.infer<typeof contentType>;

const documentId = z
  .string()
  .min(1, { error: 'must not be empty; leave it out to have one made' })
  .max(512, { error: 'has more than 512 characters' });
const title = z.string().max(1024, { error: 'has more than 1024 characters' });
const url = z.string().max(2048, { error: 'has more than 2048 characters' });

const ingestDocument = z.strictObject({
  id: documentId.optional(),
  title: title.optional(),
  url: url.optional(),
  text: z.string({ error: 'must be a string: the text of the document' }).refine((text) => text.trim() !== '', {
    error: 'is empty; leave the document out, or delete it to remove it from the collection',
  }),
  contentType: contentType.default('text/plain'),
  metadata: metadata.default({}),
});
export type IngestDocument = z.infer<typeof ingestDocument>;

/** JSON body of `POST /ingest`. */
export const ingestRequest = z
  .strictObject({
    collection: collectionName.default('default'),
    documents: z
      .array(ingestDocument, { error: 'must be a list of documents' })
      .min(1, { error: 'must have at least one document' })
      .max(INGEST_DOCUMENTS_MAX, { error: `has more than ${INGEST_DOCUMENTS_MAX} documents; send the rest in further requests` }),
  })
  .superRefine(({ documents }, context) => {
    const first = new Map<string, number>();
    for (const [at, { id }] of documents.entries()) {
      if (id === undefined) continue;
      const before = first.get(id);
      if (before === undefined) first.set(id, at);
      else
        context.addIssue({
          code: 'custom',
          path: ['documents', at, 'id'],
          message: `is the id of documents[${before}] as well; give each its own`,
        });
    }
  });

/** Fields beside the files of a multipart body. */
export const multipartFields = z.strictObject({ collection: collectionName.default('default') });

const waitError = { error: `must be milliseconds from 0 to ${INGEST_WAIT_MAX_MS}` };
const wait = z
  .string()
  .regex(/^\d{1,5}$/, waitError)
  .transform(Number)
  .refine((ms) => ms <= INGEST_WAIT_MAX_MS, waitError)
  .optional();

/** Query string of `POST /ingest` with JSON or multipart. */
export const ingestParameters = z.strictObject({ wait });
/** Query string of `POST /ingest` with a raw text body. */
export const rawParameters = z.strictObject({
  wait,
  collection: collectionName.default('default'),
  id: documentId.optional(),
  title: title.optional(),
  url: url.optional(),
});

/** 1–255 visible ASCII characters, as in draft-ietf-httpapi-idempotency-key-header. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, { error: 'must be 1–255 visible ASCII characters' });

export const jobState = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']);

/** 202 of `POST /ingest`, and everything that shows a job. */
export const jobResponse = z.object({
  jobId: z.string(),
  collection: z.string(),
  state: jobState,
  documents: z.object({ total: z.number(), done: z.number(), unchanged: z.number(), failed: z.number() }),
  chunks: z.object({ total: z.number(), done: z.number() }),
  failures: z.array(z.object({ documentId: z.string(), code: z.string(), detail: z.string() })),
  waitingFor: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type JobResponse = z.infer<typeof jobResponse>;
export const jobListResponse = z.object({ jobs: z.array(jobResponse) });
