import { setTimeout as wait } from 'node:timers/promises';
import { COLLECTION, LIBRARY } from './scenarios.ts';

const DEADLINE_MS = 600_000;

/** Ingests the library for a user and waits until it is there; a second run finds it unchanged. @throws Error with the answer. */
async function ingestLibrary(url: string, apikey: string): Promise<void> {
  const headers = { apikey, 'content-type': 'application/json' };
  const body = JSON.stringify({ collection: COLLECTION, documents: LIBRARY });
  const began = performance.now();
  let answer = await fetch(`${url}/api/v1/rag/ingest?wait=30000`, { method: 'POST', headers, body });
  for (;;) {
    const text = await answer.text();
    const job = (answer.ok ? JSON.parse(text) : {}) as { jobId?: string; state?: string };
    if (job.state === 'succeeded') return;
    if ((job.state !== 'queued' && job.state !== 'running') || performance.now() - began > DEADLINE_MS)
      throw new Error(`the library could not be ingested (a key needs the roles reader and writer): ${answer.status} ${text}`);
    await wait(1_000);
    answer = await fetch(`${url}/api/v1/rag/ingest/jobs/${job.jobId}`, { headers });
  }
}

/** Ingests the library for every user, since each is a tenant; a few at a time. */
export async function fill(url: string, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  const some = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await ingestLibrary(url, key);
  };
  await Promise.all([some(), some(), some(), some()]);
}
