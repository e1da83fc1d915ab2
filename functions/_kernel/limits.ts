// Every number that bounds the service, with its unit in the name and its reason beside it.

/** A question longer than this is a document. */
export const QUERY_MAX_CHARS = 10_000;
/** Enough for a page of results; more is a job for scrolling documents. */
export const HITS_MAX = 100;
export const HITS_DEFAULT = 5;
/** Candidates asked of each list. It does not depend on `limit`, so that the first k hits of a longer list are the shorter list. */
export const CANDIDATES_PER_LIST = 200;

/** Numeric metadata keys of a collection that have an index, and so ranges: as many as one document may have keys; each takes memory. */
export const NUMBER_INDEXES_MAX = 64;

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

/** The longest a breaker stays open: as long as the first time, since one probe every 30 s for a whole fleet costs nothing. */
export const BREAKER_MAX_OPEN_MS = BREAKER_OPEN_MS;
/** A breaker's key outlives the longest call, so that a late result never meets an emptied breaker. */
export const BREAKER_TTL_MS = 3_600_000;
/** An isolate believes that a breaker is open without asking for at most this long, so that a recovery reaches it soon. */
export const BREAKER_MEMORY_MS = 5_000;
/** What a caller is told to wait while another one probes: the probe is expected to end, so not the whole lease. */
export const BREAKER_BUSY_MS = 1_000;
/** A probe's lease exceeds its deadline by this: two round trips to Redis and a slow scheduler. */
export const BREAKER_LEASE_MARGIN_MS = 2_000;
/** After Redis did not answer, the isolate does without it for this long, so that one call in two seconds pays `REDIS_MS`, not each. */
export const REDIS_RETRY_MS = 2_000;
/** How long Redis remembers what an isolate told last: longer than any isolate keeps what it could not tell. */
export const METRICS_TOLD_MS = 86_400_000;
/** What a round of the reaper found is believed for three rounds of a cron trigger (five minutes each); then it has died itself. */
export const JOBS_SEEN_MS = 900_000;
/** A client's `tracestate` beyond this is dropped: as much as W3C asks to hand on, and far below what any dependency takes in its headers. */
export const TRACESTATE_MAX_CHARS = 512;

/** A batch of embeddings arrives in one piece; a pause inside it means a stuck connection. */
export const EMBED_IDLE_MS = 10_000;
/** A cold model loads from disk first: Ollama's own OLLAMA_LOAD_TIMEOUT is five minutes. */
export const MODEL_LOAD_MS = 300_000;
/** Ollama keeps a model for five minutes after its last call (OLLAMA_KEEP_ALIVE); one minute less is certain. */
export const MODEL_WARM_MS = 240_000;
/** Asking whether a model is loaded reads a list in memory; a server that cannot do that in two seconds hangs. */
export const MODEL_LOADED_MS = 2_000;

/** Attempts after the first: Google's SRE book, "Handling Overload", gives a request three attempts in all. */
export const RETRIES_PER_CALL = 2;
/** Over all dependencies of one request; every success earns a tenth back (gRPC A6, retryThrottling), for long ingest runs. */
export const RETRIES_PER_REQUEST = 3;
export const RETRY_EARNED_BY_SUCCESS = 0.1;
/** Full jitter between zero and this, doubled at each attempt (AWS Builders' Library, "Timeouts, retries and backoff with jitter"). */
export const RETRY_BASE_MS = 100;
/** A dependency that asks for more patience than this gets no retry; the caller is told when to come back instead. */
export const RETRY_AFTER_MAX_MS = 5_000;
/** What a caller is told to wait after one failed call, or when all slots are taken. */
export const RETRY_LATER_MS = 1_000;

/** Calls at once from one isolate: a model works on a few at a time and queues the rest, a database on many. */
export const EMBED_CALLS_MAX = 64;
export const GENERATE_CALLS_MAX = 32;
export const QDRANT_SEARCH_CALLS_MAX = 256;
export const QDRANT_WRITE_CALLS_MAX = 64;

/** The way texts are cut; counted up whenever the same text would be cut otherwise. */
export const CHUNKER_VERSION = 'structure-2';
/** The analyser (`retrieval/analyse.ts`): counted up whenever the same text would give other tokens, so that old and new vectors are never compared. */
export const ANALYSER_VERSION = '3';
/** What a collection may choose instead of `CHUNK_TARGET_CHARS`: below, a chunk is a sentence; above, it would pass `CHUNK_MAX_CHARS`. */
export const CHUNK_CHOSEN_MIN_CHARS = 200;
export const CHUNK_CHOSEN_MAX_CHARS = CHUNK_MAX_CHARS;
/** Chunks whose mean lengths stand for a whole job's: within about 1% of it (lengths vary by a third), for half a second of work. */
export const STATISTICS_CHUNKS = 1_000;
/** Chunks of one document among them, so that one long document does not speak for all. */
export const STATISTICS_CHUNKS_PER_DOCUMENT = 200;
/** How long an isolate believes what a model said of itself; a changed digest is noticed after that. */
export const MODEL_INFO_TTL_MS = 30_000;

/** A job is worked on this long before another invocation goes on with it: under the edge's 30 s after an answer. */
export const JOB_SLICE_MS = 20_000;
/** A worker that is silent for this long has died, and another one takes its job over. */
export const JOB_LEASE_MS = 15_000;
/** How long a job waits in all for a dependency to come back before its documents fail. */
export const JOB_PATIENCE_MS = 900_000;
/** How soon a job that is watched is looked at again: at first, and at most, since a long one is looked at less and less often. */
export const JOB_POLL_MS = 50;
export const JOB_POLL_MAX_MS = 1_000;
export const JOBS_LISTED = 50;
/** Documents of a page of `GET /collections/{name}/documents`. */
export const DOCUMENTS_PAGE_MAX = 100;
export const DOCUMENTS_PAGE_DEFAULT = 20;

/** An answer of about a page. */
export const ANSWER_TOKENS_DEFAULT = 512;
export const ANSWER_TOKENS_MAX = 4_096;
/**
 * An answer repeats passages, so near the likeliest words; not 0, at which small models fall into loops (Holtzman et al. 2020). A fixed seed
 * (any) makes the same prompt give the same answer again, so that one that was kept is the one that would be written.
 */
export const WRITING_TEMPERATURE = 0.1;
export const WRITING_SEED = 0;
/** A conversation's latest turns; older ones would push passages out of the prompt. */
export const HISTORY_MESSAGES_MAX = 20;
/** Bytes of a token in UTF-8: below the medians of current vocabularies in every script that was measured (3.4 to 6.4). */
export const BYTES_PER_TOKEN = 3;
/** Of the prompt's room, what the conversation may take: it says what a question means, and the passages answer it. */
export const HISTORY_PROMPT_SHARE = 0.25;
/** Sentences of an extractive answer. */
export const EXTRACTED_SENTENCES = 3;

/** Collections whose shards `GET /status` looks at: a request each. */
export const CLUSTER_COLLECTIONS_MAX = 32;
/** How long `GET /status` waits for one dependency: an operator looks at it now. */
export const PROBE_MS = 2_000;

/** Embedding calls of one job at once: one is written while the other is embedded. */
export const EMBED_BATCHES_AT_ONCE = 2;
/** Documents that a job indexes together, so that a small one costs no round trips of its own. */
export const JOB_DOCUMENTS_AT_ONCE = 32;
/** How often the progress within a batch is written down. */
export const PROGRESS_MS = 500;
/** Jobs that one round of the reaper looks at: each costs a Redis call of a millisecond. */
export const REAPER_LOOKS_AT = 1_000;
/** Jobs that one round takes over: as many workers at once as an isolate's memory holds batches of documents. */
export const REAPED_AT_ONCE = 16;
/** An ended job, and with it its idempotency key, is remembered for a week: longer than any client retries. */
export const JOB_KEPT_MS = 604_800_000;
/** Staged documents without a job are left from a request that was cut off: none takes an hour to be accepted. */
export const STAGING_MAX_MS = 3_600_000;
/** How often the reaper comes on Node; at the edge as wrangler.toml says. */
export const REAP_EVERY_MS = 60_000;
/** How often a worker says that it is alive: three times within a lease. */
export const JOB_HEARTBEAT_MS = 5_000;
/** How long the breakers that an operation asked for at its start hold good for its calls: a search is over by then. */
export const BREAKER_GRANT_MS = 500;

/** Text that is made of a file (not a text itself) ends here: a thousand books' pages, 16 MB in memory, and half a body to Qdrant. */
export const READ_TEXT_MAX_CHARS = 8_388_608;
/** A Word file of 3,000 pages has about 30 MB of XML; twice that is an attack. */
export const UNPACKED_MAX_BYTES = 67_108_864;
/** Files in a zip; a Word file has tens, one for each picture. */
export const ZIP_ENTRIES_MAX = 10_000;
/** Elements inside each other; browsers stop at 512, broken old pages reach thousands. */
export const NESTING_MAX = 10_000;
/** Unpacked bytes of one stream of a PDF: pictures are not unpacked, and a page's text and drawing are under 10 MB. */
export const PDF_STREAM_MAX_BYTES = 33_554_432;
/** About a hundred seconds of work for text alone; a longer one is split by whoever sends it. */
export const PDF_PAGES_MAX = 5_000;
/** Columns of a spreadsheet (Excel's own limit); more is a matrix, which nobody searches by words. */
export const CSV_COLUMNS_MAX = 16_384;
/** A title longer than this is a paragraph that was marked as one. */
export const TITLE_MAX_CHARS = 300;

/** How long a question's vector and an answer are kept: an hour of people who ask the same; a write ends an answer's time at once. */
export const CACHE_TTL_SECONDS = 3_600;
/** An answer larger than this (a hundred hits of long passages) is not kept: Redis answers breakers with the same thread. */
export const CACHE_VALUE_MAX_CHARS = 262_144;

/** Further wordings of one question: LangChain's and RAG-Fusion's usual number; each is one more search. */
export const REWRITE_QUERIES_MAX = 3;
/** Four queries of a sentence each in JSON, with room for a language of many tokens. */
export const REWRITE_TOKENS = 256;
/** A question longer than this is no search query that is badly worded, but a text; it is searched as it stands. */
export const REWRITE_QUESTION_MAX_CHARS = 2_000;
/** A longer rewritten query is not one: the writer answered or rambled. */
export const REWRITE_QUERY_MAX_CHARS = 500;
/** Of each turn of the conversation, its beginning says what it was about. */
export const REWRITE_TURN_TOKENS = 256;
/** With the time for reranking well under the 60 s that Kong waits for an answer, so that a slow writer costs only the improvement. */
export const REWRITE_MS = 15_000;
/** Content words of earlier questions that a follow-up is searched with when no writer rewords it: more would drown its own. */
export const EARLIER_TERMS_MAX = 8;
/** One window of RankGPT (Sun et al. 2023, section 3.2); never fewer for a shorter list, so that its hits are those of a longer one. */
export const RERANK_HITS = 20;
/** Twenty passages of this and the question fit the smallest usual context, 4,096 tokens. */
export const RERANK_PASSAGE_TOKENS = 160;
/** Twenty numbers in JSON, at three tokens each, twice. */
export const RERANK_TOKENS = 128;
/** Reading twenty passages takes a small model on a CPU about this long. */
export const RERANK_MS = 30_000;

/** Terms of a question that are searched one by one for its evidence: more than nearly all questions have; each is one short list. */
export const EVIDENCE_TERMS_MAX = 32;
/** Passages that a collection's evidence levels are taken from: one word and one sentence of each. */
export const CALIBRATION_PASSAGES = 128;
/** Sentences of them that the embedder is asked with: one batch. */
export const CALIBRATION_SENTENCES = 32;
/** Passages by whose ids it is told whether a collection's contents were replaced: a quarter of them is told within a twelfth. */
export const CALIBRATION_SKETCH = 32;
/** Collections whose levels one round of the reaper looks at, of all tenants: a few small requests each. */
export const REAPER_MEASURES = 16;
/** Searches in one request while calibrating: each is short, and a request stays under a few hundred kilobytes. */
export const CALIBRATION_BATCH = 64;

/** Further attempts of the client: two outlast a restart of an instance; the service itself has already tried again where that helps. */
export const CLIENT_RETRIES = 2;
/** Upper bound of the client's first pause, doubled each time: as long as one answer usually takes. */
export const CLIENT_BACKOFF_MS = 250;
/** Upper bound of any of its pauses beyond what the service asked for. */
export const CLIENT_BACKOFF_MAX_MS = 8_000;
/** A person does not sit longer than this before a silent program; a longer `Retry-After` is handed to the caller. */
export const CLIENT_RETRY_AFTER_MAX_MS = 10_000;

/** Before a job whose stream broke off is asked for: a gateway that reloads is back by then, and a poll a second costs nothing. */
export const CLIENT_FOLLOW_PAUSE_MS = 1_000;
/** Failures in a row after which a job is followed no further: half a minute outlasts the restart of an instance. */
export const CLIENT_FOLLOWS_AGAIN = 30;

/** Files in one request of a client; a job each, so that progress shows early. */
export const CLIENT_BATCH_FILES = 200;
/** Half of what a request may hold, so that the lines of a form never matter. */
export const CLIENT_BATCH_BYTES = INGEST_BODY_MAX_BYTES / 2;
/** Room for the lines of a form around a file that is sent alone. */
export const CLIENT_FORM_BYTES = 4_096;

/** Characters of a document that a tool hands to a model at once: some 5,000 tokens, a part of the smallest usual context. */
export const MCP_DOCUMENT_CHARS = 20_000;
/** A tool's caller waits for a text of usual length to be indexed; a longer job is told by its number. */
export const MCP_INGEST_WAIT_MS = 10_000;
/** The way answers are made (prompt, extraction, citations): counted up when the same question would be answered otherwise, so that no kept answer of before is given. */
export const ANSWERING_VERSION = '2';
