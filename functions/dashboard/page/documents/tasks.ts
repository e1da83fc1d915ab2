import { batches, hasEnded as jobHasEnded, RagError } from '../../../_kernel/client/client.ts';
import { onSignOut } from '../session.ts';
import { refreshCollections } from '../shared.ts';
import { createStore } from '../store.ts';
import type { Client, Job } from '../types.ts';
import { sayError } from '../words.ts';
import { nameOf } from './files.ts';

/** Work that was begun here: a request that is being sent, then a job that goes on in the service. */
export type Task = {
  id: number;
  title: string;
  collection: string;
  state: 'sending' | Job['state'];
  job: Job | null;
  failures: Job['failures'];
  problem: string | null;
};

export const tasks = createStore<Task[]>([]);
/** Counts up whenever documents may have changed, so that lists are asked for anew. */
export const changes = createStore(0);

let last = 0;
export const hasEnded = ({ state }: Pick<Task, 'state'>): boolean => state !== 'sending' && jobHasEnded({ state });

function begin(task: Pick<Task, 'title' | 'collection'> & Partial<Task>): (some: Partial<Task>) => void {
  const id = ++last;
  tasks.set((all) => [{ id, state: 'sending', job: null, failures: [], problem: null, ...task }, ...all]);
  return (some) => tasks.set((all) => all.map((one) => (one.id === id ? { ...one, ...some } : one)));
}

/** Runs one piece of work to its end, whatever becomes of it; lists are asked for anew afterwards. */
async function run(client: Client, change: (some: Partial<Task>) => void, start: () => Promise<Job>): Promise<void> {
  try {
    const show = (job: Job) => change({ job, state: job.state, failures: job.failures });
    await client.jobs.follow(await start(), { onProgress: show });
  } catch (error) {
    const unreadable = error instanceof RagError && error.code === 'document_unreadable' ? error.errors : [];
    const failures = unreadable.map(({ path, message }) => ({ documentId: path, code: 'document_unreadable', detail: `It ${message}.` }));
    change({ state: 'failed', failures, problem: failures.length > 0 ? null : sayError(error) });
  }
  changes.set((n) => n + 1);
  await refreshCollections().catch(() => {}); // the documents are there; the list says for itself that it cannot be had
}

/** Sends files, request by request, and follows each job. */
export async function upload(client: Client, collection: string, files: readonly File[]): Promise<void> {
  const requests = batches(files, (file) => ({ name: nameOf(file), bytes: file.size }));
  const { refused } = requests;
  if (refused.length > 0) begin({ title: `${refused.length} not sent`, collection, state: 'failed', failures: refused });
  for (const batch of requests.batches) {
    const title = batch.length === 1 ? nameOf(batch[0]!) : `${batch.length} files`;
    const named = batch.map((file) => new File([file], nameOf(file), { type: file.type }));
    await run(client, begin({ title, collection }), () => client.ingest({ collection, files: named }));
  }
}

/** Builds a collection's index anew from its stored texts, and follows the job. */
export async function reindex(client: Client, collection: string): Promise<void> {
  await run(client, begin({ title: `Reindexing ${collection}`, collection }), () => client.collections.reindex(collection));
}

onSignOut(() => tasks.set([]));
