// The shapes that views speak of, as the client has them.
import type * as t from '../../_kernel/client/types.ts';

export type { Client } from '../../_kernel/client/client.ts';
export type { Breaker, Collection, Hit, Job, QueryEvent, SearchInput, SearchResponse } from '../../_kernel/client/types.ts';
export type DocumentSummary = t.DocumentList['documents'][number];
export type Document = t.DocumentWithText;
export type Health = t.HealthResponse;
export type Status = t.StatusResponse;
