import * as z from 'zod/mini';
import { collectionName, metadata, queryText, searchFields } from '../_kernel/http/fields.ts';
import { MCP_DOCUMENT_CHARS } from '../_kernel/limits.ts';
import { wholeNumber } from '../_kernel/schema.ts';

// What the tools take. The fields are those of the service's own contracts, with a sentence for the model that fills them in.

const collection = z._default(
  collectionName.check(z.describe('Which collection of documents. list_collections names them; leave it out for the one called default.')),
  'default',
);
const fields = { ...searchFields, collection };

/** Arguments of the tool `search`: the body of `POST /search`. */
export const searchArguments = z.strictObject({
  query: queryText.check(z.describe('What to look for: a question, or words. At most 10,000 characters.')),
  ...fields,
});

/** Arguments of the tool `query`: the body of `POST /query`, without what only a stream or a conversation needs. */
export const queryArguments = z.strictObject({
  question: queryText.check(z.describe('A question that stands alone, in any language. At most 10,000 characters.')),
  ...fields,
});

/** Arguments of the tool `list_collections`: none. */
export const listArguments = z.strictObject({});

/** Arguments of the tool `get_document`. */
export const documentArguments = z.strictObject({
  collection,
  id: z.string().check(z.minLength(1), z.describe("The document's id, as search and query give it in documentId.")),
  start: z._default(
    wholeNumber(0, Number.MAX_SAFE_INTEGER).check(z.describe('Where to begin, in UTF-16 code units of the stored text.')),
    0,
  ),
  length: z._default(
    wholeNumber(1, MCP_DOCUMENT_CHARS).check(z.describe('How much of the text at most; the answer says where the rest begins.')),
    MCP_DOCUMENT_CHARS,
  ),
});

/** Arguments of the tool `ingest_text`: one document of `POST /ingest`, which judges the rest of it. */
export const ingestArguments = z.strictObject({
  collection,
  text: z.string().check(z.minLength(1), z.describe('The text of the document, plain or in Markdown.')),
  id: z.optional(
    z.string().check(z.minLength(1), z.describe('What to call it. A document of the same id is replaced; leave it out to have one made.')),
  ),
  title: z.optional(z.string().check(z.describe('Shown with citations.'))),
  url: z.optional(z.string().check(z.describe('Where the document came from.'))),
  metadata: z.optional(metadata),
});

/** Structured content of `get_document`: a part of the text, and how long the whole is. */
export type DocumentPart = {
  collection: string;
  id: string;
  title: string | null;
  url: string | null;
  text: string;
  start: number;
  end: number;
  characters: number;
};
