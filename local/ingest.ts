import { readFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { INGEST_BODY_MAX_BYTES } from '../functions/_kernel/limits.ts';
import type { JobResponse } from '../functions/ingest/contract.ts';
import { ApiError, type Client } from './client.ts';
import type { Found } from './files.ts';

/** What became of all files together. */
export type Ingested = { done: number; unchanged: number; failures: { documentId: string; detail: string }[]; chunks: number };

/** Files in one request; a job each, so that progress shows early. */
const FILES_PER_REQUEST = 200;

/** Cuts files into requests that the service accepts. A single file that is too large goes alone, and the service says so. */
function requests(files: readonly Found[]): Found[][] {
  const result: Found[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.bytes > INGEST_BODY_MAX_BYTES / 2 || result.at(-1)!.length === FILES_PER_REQUEST) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(file);
    bytes += file.bytes;
  }
  return result;
}

/**
 * Ingests files and follows the jobs to their end, with a progress bar on a terminal.
 *
 * A request that is refused whole (every file of it unreadable) counts its files as failed; any other refusal is thrown.
 */
export async function ingestFiles(client: Client, collection: string, files: readonly Found[], out: NodeJS.WriteStream): Promise<Ingested> {
  const total: Ingested = { done: 0, unchanged: 0, failures: [], chunks: 0 };
  const bar = out.isTTY
    ? new SingleBar({ format: '  {bar} {value}/{total} files · {chunks} chunks · {duration_formatted}', stream: out, hideCursor: true })
    : null;
  bar?.start(files.length, 0, { chunks: 0 });
  let before = 0;
  for (const batch of requests(files)) {
    const show = ({ documents, chunks }: JobResponse) =>
      bar?.update(before + documents.done + documents.unchanged + documents.failed, { chunks: total.chunks + chunks.done });
    try {
      const job = await client.ingest(
        collection,
        batch.map(({ path, name }) => new File([readFileSync(path)], name)),
      );
      let last = job;
      for await (const view of client.follow(job.jobId)) show((last = view));
      total.done += last.documents.done;
      total.unchanged += last.documents.unchanged;
      total.chunks += last.chunks.done;
      total.failures.push(...last.failures);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'document_unreadable') throw error;
      total.failures.push(...(error.problem?.errors ?? []).map(({ path, message }) => ({ documentId: path, detail: `It ${message}.` })));
    }
    before += batch.length;
  }
  bar?.update(files.length);
  bar?.stop();
  return total;
}
