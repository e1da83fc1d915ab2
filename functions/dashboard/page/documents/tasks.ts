import { batches, hasEnded as jobHasEnded, RagError } from '../../../_kernel/client/client.ts';
import { problemOf, type Problem } from '../problem.ts';
import { session } from '../session.ts';
import { refreshCollections } from '../shared.ts';
import { createSessionStore } from '../store.ts';
import type { Client, Job } from '../types.ts';
import { count } from '../words.ts';
import { nameOf } from './files.ts';

/** Work that was begun here: a request that waits or is being sent, then a job that goes on in the service. */
export type Task = {
  id: number;
  title: string;
  collection: string;
  state: 'waiting' | 'sending' | Job['state'];
  /** What its documents are called; empty when they were not sent from here. */
  documents: readonly string[];
  job: Job | null;
  failures: Job['failures'];
  problem: Problem | null;
};

export const tasks = createSessionStore<Task[]>([]);
/** Counts up whenever documents may have changed, so that lists are asked for anew. */
export const changes = createSessionStore(0);

/** Says that documents may have changed: what lists or counts them asks anew. */
export function noteChange(): void {
  changes.set((n) => n + 1);
  refreshCollections().catch(() => {}); // the list says for itself that it cannot be had
}

let last = 0;
export const hasEnded = ({ state }: Pick<Task, 'state'>): boolean => state !== 'waiting' && state !== 'sending' && jobHasEnded({ state });
/** What is not with the service yet: it is lost when the page is closed. */
export const isLeaving = ({ state }: Pick<Task, 'state'>): boolean => state === 'waiting' || state === 'sending';

type Change = (some: Partial<Task>) => void;
function begin(task: Pick<Task, 'title' | 'collection'> & Partial<Task>): Change {
  const id = ++last;
  tasks.set((all) => [{ id, state: 'sending', documents: [], job: null, failures: [], problem: null, ...task }, ...all]);
  return (some) => tasks.set((all) => all.map((one) => (one.id === id ? { ...one, ...some } : one)));
}

/** Runs one piece of work to its end, whatever becomes of it; lists are asked for anew afterwards. */
async function run(client: Client, change: Change, start: () => Promise<Job>): Promise<void> {
  try {
    const show = (job: Job) => change({ job, state: job.state, failures: job.failures });
    await client.jobs.follow(await start(), { onProgress: show });
  } catch (error) {
    const unreadable = error instanceof RagError && error.code === 'document_unreadable' ? error.errors : [];
    const failures = unreadable.map(({ path, message }) => ({ documentId: path, code: 'document_unreadable', detail: `It ${message}.` }));
    change({ state: 'failed', failures, problem: failures.length > 0 ? null : problemOf(error) });
  }
  if (isOf(client)) noteChange();
}

/** Whether a client's session is still the one in this tab: nothing is begun for one that has ended. */
const isOf = (client: Client): boolean => session.get()?.client === client;

/** Says of files why they are not sent. */
export function refuse(title: string, collection: string, failures: Job['failures']): void {
  begin({ title, collection, state: 'failed', failures });
}

/** Sends files, request by request, and follows each job; none is sent once its session has ended. */
export async function upload(client: Client, collection: string, files: readonly File[]): Promise<void> {
  const { batches: requests, refused } = batches(files, (file) => ({ name: nameOf(file), bytes: file.size }));
  if (refused.length > 0) refuse(`${count(refused.length, 'file')} not sent`, collection, refused);
  const waiting = requests.map((batch) => {
    const documents = batch.map(nameOf);
    const title = documents.length === 1 ? documents[0]! : count(documents.length, 'file');
    return { batch, change: begin({ title, collection, documents, state: 'waiting' }) };
  });
  for (const { batch, change } of waiting) {
    if (!isOf(client)) return;
    const named = batch.map((file) => new File([file], nameOf(file), { type: file.type }));
    change({ state: 'sending' });
    await run(client, change, () => client.ingest({ collection, files: named }));
  }
}

/** Builds a collection's index anew from its stored texts, and follows the job. */
export async function reindex(client: Client, collection: string): Promise<void> {
  await run(client, begin({ title: `Reindexing ${collection}`, collection }), () => client.collections.reindex(collection));
}

/** Takes up the jobs that go on in the service since before this page was opened, in this tab or elsewhere. */
export async function resume(client: Client): Promise<void> {
  const { jobs } = await client.jobs.list();
  const shown = new Set(tasks.get().map(({ job }) => job?.jobId));
  for (const job of jobs.filter((one) => !hasEnded(one) && !shown.has(one.jobId))) {
    const title = `${count(job.documents.total, 'document')}, begun before`;
    void run(client, begin({ title, collection: job.collection, state: job.state, job }), () => Promise.resolve(job));
  }
}
