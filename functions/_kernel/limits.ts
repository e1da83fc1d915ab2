// Every number that bounds the service, with its unit in the name and its reason beside it.

/** A question longer than this is a document. */
export const QUERY_MAX_CHARS = 10_000;
/** Enough for a page of results; more is a job for scrolling documents. */
export const HITS_MAX = 100;
export const HITS_DEFAULT = 5;
/** Candidates asked of each list. It does not depend on `limit`, so that the first k hits of a longer list are the shorter list. */
export const CANDIDATES_PER_LIST = 200;

/** JSON requests other than ingest: a question, a filter and a history fit many times over. */
export const JSON_BODY_MAX_BYTES = 1_048_576;
/** Ingest: the most a Worker can hold twice (raw and parsed) below its 128 MB. */
export const INGEST_BODY_MAX_BYTES = 16_777_216;
/** Documents in one ingest request; more is a second request. */
export const INGEST_DOCUMENTS_MAX = 1_000;
/** Longest `?wait=`; half of the gateway's 60 s default read time-out. */
export const INGEST_WAIT_MAX_MS = 30_000;

/** Secrets shorter than 32 bytes (256 bits) are refused: NIST SP 800-107 for HMAC keys. */
export const SECRET_MIN_BYTES = 32;

/** Chunk size in UTF-16 code units: measured best at an equal context budget (400, 800, 1600, 3200 compared). */
export const CHUNK_TARGET_CHARS = 800;
/** A chunk never exceeds this, so that it fits the smallest embedding context (512 tokens at about 3 characters). */
export const CHUNK_MAX_CHARS = 1_200;

/** Texts in one embedding call: enough to keep a model busy, small enough to bisect. */
export const EMBED_BATCH_TEXTS = 32;
/** Qdrant refuses bodies over 32 MB; half of it leaves room for JSON's overhead. */
export const UPSERT_BATCH_BYTES = 8_388_608;
export const UPSERT_BATCH_POINTS = 256;

/** A warm embedding model answers a batch in well under this; a cold load has its own patience. */
export const EMBED_FIRST_BYTE_MS = 30_000;
export const EMBED_TOTAL_MS = 60_000;
/** A model may load for minutes before its first token. */
export const GENERATE_FIRST_BYTE_MS = 120_000;
/** Between two tokens: a model that is silent for this long has stopped. */
export const GENERATE_IDLE_MS = 30_000;
export const GENERATE_TOTAL_MS = 280_000;
export const QDRANT_SEARCH_MS = 5_000;
export const QDRANT_WRITE_MS = 30_000;
/** Redis is on the path of every call, so it must be quick or do without. */
export const REDIS_MS = 50;

/** The breaker: consecutive faults that open it, and how long it stays open. */
export const BREAKER_THRESHOLD = 5;
export const BREAKER_WINDOW_MS = 60_000;
export const BREAKER_OPEN_MS = 30_000;

/** Until the first token a client that has gone is noticed only by writing to it. */
export const HEARTBEAT_BEFORE_FIRST_TOKEN_MS = 1_000;
/** After it: under Kong's and most proxies' idle time-outs. */
export const HEARTBEAT_MS = 15_000;
