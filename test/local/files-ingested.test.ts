import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { INGEST_BODY_MAX_BYTES } from '../../functions/_kernel/limits.ts';
import { RagError, type Client, type IngestInput, type RagErrorCode } from '../../functions/_kernel/client/client.ts';
import { findFiles } from '../../local/files.ts';
import { ingestFiles, pace } from '../../local/ingest.ts';
import { ingestedLines } from '../../local/show.ts';

const top = mkdtempSync(join(tmpdir(), 'ingested-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));
const quiet = () => new PassThrough() as unknown as NodeJS.WriteStream;

const job = (done: number, failed: string[], chunks: number) => ({
  jobId: 'j',
  collection: 'c',
  state: 'succeeded' as const,
  documents: { total: done + failed.length, done, unchanged: 0, failed: failed.length },
  chunks: { total: chunks, done: chunks },
  failures: failed.map((documentId) => ({ documentId, code: 'document_unreadable', detail: 'The document is broken.' })),
  createdAt: '',
  updatedAt: '',
});

test('a file that is too large is not sent and counts as failed; the others are ingested', async () => {
  writeFileSync(join(top, 'a.md'), 'a');
  writeFileSync(join(top, 'huge.pdf'), '%PDF');
  truncateSync(join(top, 'huge.pdf'), INGEST_BODY_MAX_BYTES + 1);
  const sent: string[] = [];
  const client: Pick<Client, 'ingest'> = {
    async ingest(input: IngestInput) {
      sent.push(...('files' in input ? input.files : []).map((one) => one.name));
      return job(1, [], 3);
    },
  };
  const result = await ingestFiles(client, 'c', findFiles([top]), quiet());
  expect(sent).toEqual(['a.md']);
  expect(result).toMatchObject({
    done: 1,
    chunks: 3,
    failures: [{ documentId: 'huge.pdf', detail: expect.stringContaining('larger than') }],
  });
});

test('a request of unreadable files counts them as failed, any other refusal is thrown', async () => {
  const refusing = (status: number, code: RagErrorCode): Pick<Client, 'ingest'> => ({
    async ingest(): Promise<never> {
      throw new RagError('no', { code, status, errors: [{ path: 'a.md', message: 'is empty' }] });
    },
  });
  const files = findFiles([join(top, 'a.md')]);
  const result = await ingestFiles(refusing(422, 'document_unreadable'), 'c', files, quiet());
  expect(result.failures).toEqual([{ documentId: 'a.md', detail: 'It is empty.' }]);
  await expect(ingestFiles(refusing(503, 'dependency_unavailable'), 'c', files, quiet())).rejects.toThrow(RagError);
});

test('the pace is chunks a second and the time that is left', () => {
  expect(pace({ files: 10, done: 0, chunks: 0, elapsedMs: 500 })).toBe('starting');
  expect(pace({ files: 100, done: 20, chunks: 400, elapsedMs: 2_000 })).toBe('200 chunks/s · 8s left');
  expect(pace({ files: 3, done: 1, chunks: 3, elapsedMs: 62_500 })).toBe('0.0 chunks/s · 2m 5s left');
  expect(pace({ files: 2, done: 2, chunks: 30, elapsedMs: 3_000 })).toBe('10 chunks/s · 3s');
});

test('the end is a table of what was done, unchanged and failed, with the reason of each failure', () => {
  expect(ingestedLines({ done: 12, unchanged: 3, chunks: 340, failures: [{ documentId: 'a.pdf', detail: 'It is encrypted.' }] })).toEqual([
    '  ingested   12 files  340 chunks',
    '  unchanged   3 files',
    '  failed      1 file',
    '  a.pdf: It is encrypted.',
  ]);
});
