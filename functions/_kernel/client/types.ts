// Types of the contracts, and nothing else of them: no schema is part of the client.
import type * as z from 'zod/mini';
import type * as collections from '../../collections/contract.ts';
import type * as ingest from '../../ingest/contract.ts';
import type * as query from '../../query/contract.ts';
import type * as search from '../../search/contract.ts';
import type * as status from '../../status/contract.ts';

export type { Degraded, Filter, Hit } from '../http/fields.ts';
export type { Citation, QueryResponse } from '../../query/contract.ts';
export type { SearchResponse } from '../../search/contract.ts';
export type { HealthResponse, StatusResponse } from '../../status/contract.ts';

export type SearchInput = z.input<typeof search.searchRequest>;
/** How it is answered, at once or as a stream, is the method's to say. */
export type QueryInput = Omit<z.input<typeof query.queryRequest>, 'stream'>;

/** An event of a streamed answer; the last one is `done`, with the whole answer. */
export type QueryEvent =
  | { event: 'meta'; data: z.infer<typeof query.queryMeta> }
  | { event: 'token'; data: z.infer<typeof query.queryToken> }
  | { event: 'citation'; data: query.Citation }
  | { event: 'done'; data: query.QueryResponse };

export type Job = ingest.JobResponse;
export type JobList = z.infer<typeof ingest.jobListResponse>;
/** An event of a job: `progress` at every change, and `done` when it has ended. */
export type JobEvent = { event: 'progress'; data: Job } | { event: 'done'; data: Job };

/** A file and what it is called: its document's id, whose ending says how it is read. */
export type NamedBlob = { name: string; content: Blob };
/** Texts, or files as they are. */
export type IngestInput =
  | z.input<typeof ingest.ingestRequest>
  | (z.input<typeof ingest.multipartFields> & { files: readonly (File | NamedBlob)[] });

export type CollectionInput = z.input<typeof collections.createRequest>;
export type Collection = collections.CollectionResponse;
export type CollectionList = z.infer<typeof collections.collectionListResponse>;
export type DocumentList = z.infer<typeof collections.documentListResponse>;
export type DocumentWithText = z.infer<typeof collections.documentResponse>;
export type DocumentDeleted = z.infer<typeof collections.documentDeletedResponse>;

export type DependencyName = z.infer<typeof status.dependencyName>;
export type Breaker = z.infer<typeof status.breakerView>;
export type SteeredState = z.infer<typeof status.steerRequest>['state'];
