import type { Call } from './exchange.ts';
import type { IngestInput } from './types.ts';

/** A key as long as a UUID. Of Web Crypto this much is there even on pages without TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function formOf({ files, ...fields }: Extract<IngestInput, { files: unknown }>): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) form.set(field, value);
  for (const file of files) form.append('file', 'content' in file ? file.content : file, file.name);
  return form;
}

/** The request of `POST /ingest`: JSON for texts, multipart for files; with an `Idempotency-Key`, so that it can be repeated. */
export function ingestCall(
  input: IngestInput,
  options: { waitMs: number | undefined; idempotencyKey: string | undefined; signal: AbortSignal | undefined },
): Call {
  return {
    method: 'POST',
    path: '/ingest',
    parameters: { wait: options.waitMs },
    headers: { 'idempotency-key': options.idempotencyKey ?? randomKey() },
    ...('files' in input ? { form: formOf(input) } : { json: input }),
    repeatable: true,
    signal: options.signal,
  };
}
