import { readFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { batches, RagError, type Client, type Job } from '../functions/_kernel/client/client.ts';
import type { Found } from './files.ts';

/** What became of all files together. */
export type Ingested = { done: number; unchanged: number; failures: { documentId: string; detail: string }[]; chunks: number };

/** Seconds as `8s`, `2m 5s` or `1h 12m`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  return whole < 3_600 ? `${Math.floor(whole / 60)}m ${whole % 60}s` : `${Math.floor(whole / 3_600)}h ${Math.floor((whole % 3_600) / 60)}m`;
}

/** How fast it goes and how long it will take at this pace: `120 chunks/s · 8s left`; nothing before the first file is done. */
export function pace(at: { files: number; done: number; chunks: number; elapsedMs: number }): string {
  if (at.done === 0 || at.elapsedMs <= 0) return 'starting';
  const rate = (at.chunks * 1_000) / at.elapsedMs;
  const left = (at.elapsedMs / at.done) * (at.files - at.done);
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} chunks/s · ${at.done === at.files ? duration(at.elapsedMs / 1_000) : `${duration(left / 1_000)} left`}`;
}

function showProgress(
  files: number,
  out: NodeJS.WriteStream | null,
  clock: () => number,
): { at(done: number, chunks: number): void; end(): void } {
  if (out?.isTTY !== true) return { at: () => {}, end: () => {} };
  const started = clock();
  const bar = new SingleBar({ format: '  {bar} {value}/{total} files · {chunks} chunks · {pace}', stream: out, hideCursor: true });
  bar.start(files, 0, { chunks: 0, pace: 'starting' });
  return {
    at: (done, chunks) => bar.update(done, { chunks, pace: pace({ files, done, chunks, elapsedMs: clock() - started }) }),
    end: () => bar.stop(),
  };
}

/**
 * Ingests files and follows the jobs to their end; where `out` is a terminal a bar shows files, chunks, rate and time left.
 *
 * A file that is too large for the service is not sent, and counts as failed, as do the files of a request of which none could be
 * read; any other refusal is thrown.
 */
export async function ingestFiles(
  client: Pick<Client, 'ingest'>,
  collection: string,
  files: readonly Found[],
  out: NodeJS.WriteStream | null,
  clock: () => number = Date.now,
): Promise<Ingested> {
  const total: Ingested = { done: 0, unchanged: 0, failures: [], chunks: 0 };
  const progress = showProgress(files.length, out, clock);
  const requests = batches(files, (file) => file);
  total.failures = [...requests.refused];
  let before = total.failures.length;
  try {
    for (const batch of requests.batches) {
      try {
        const form = batch.map(({ path, name }) => new File([readFileSync(path)], name));
        const onProgress = ({ documents, chunks }: Job) =>
          progress.at(before + documents.done + documents.unchanged + documents.failed, total.chunks + chunks.done);
        const last = await client.ingest({ collection, files: form }, { onProgress });
        total.done += last.documents.done;
        total.unchanged += last.documents.unchanged;
        total.chunks += last.chunks.done;
        total.failures.push(...last.failures);
      } catch (error) {
        if (!(error instanceof RagError) || error.code !== 'document_unreadable') throw error;
        total.failures.push(...error.errors.map(({ path, message }) => ({ documentId: path, detail: `It ${message}.` })));
      }
      before += batch.length;
      progress.at(before, total.chunks);
    }
  } finally {
    progress.end();
  }
  return total;
}
