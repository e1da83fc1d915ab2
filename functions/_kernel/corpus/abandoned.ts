import type { JobRecord } from './jobs.ts';
import { isGeneration, JOBS_COLLECTION, type Tenant } from './names.ts';
import { is, nextPending, type StagedRecord } from './staged.ts';
import { isNotFound, type Store } from './store.ts';

// What dead workers, cut requests and time leave among the jobs. Seen across tenants: only the reaper comes here.

/** How a tenant's own part of the jobs is reached from any tenant's store. */
export const ofTenant = (store: Store, record: Pick<JobRecord, 'tenant'>): Store => ({ ...store, tenant: record.tenant as Tenant });

/** Nothing is left behind where there never was a job. */
async function unlessNone<T>(none: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isNotFound(error)) return none;
    throw error;
  }
}

async function recordsOf(store: Store, ids: string[]): Promise<JobRecord[]> {
  if (ids.length === 0) return [];
  const points = await store.read((api, init) =>
    api.getPoints({ collection_name: JOBS_COLLECTION, ids, with_payload: true, with_vector: false }, init),
  );
  return points.map((point) => point.payload as JobRecord).filter(({ kind }) => kind === 'job');
}

/**
 * Jobs of all tenants with documents that wait, and the ids of jobs whose documents wait although there is no such job.
 *
 * @param limit of jobs; those with the most documents come first.
 */
export async function waitingJobs(store: Store, limit: number): Promise<{ jobs: JobRecord[]; ownerless: string[] }> {
  return unlessNone({ jobs: [], ownerless: [] }, async () => {
    const filter = { must: [is('kind', 'staged'), is('outcome', 'pending')] };
    const { hits } = await store.read((api, init) =>
      api.facet({ collection_name: JOBS_COLLECTION, key: 'jobId', filter, limit, exact: true }, init),
    );
    const ids = hits.map(({ value }) => String(value));
    const jobs = await recordsOf(store, ids);
    const known = new Set(jobs.map(({ jobId }) => jobId));
    return { jobs, ownerless: ids.filter((id) => !known.has(id)) };
  });
}

/** The collections of all tenants, by their aliases; other aliases of the same Qdrant are none. */
export async function collectionsOfAll(store: Store): Promise<{ tenant: string; name: string }[]> {
  const { aliases } = await store.read((api, init) => api.getCollectionsAliases({}, init));
  return aliases
    .toSorted((a, b) => (a.alias_name < b.alias_name ? -1 : 1))
    .flatMap(({ alias_name, collection_name }) => {
      const [tenant = '', name = ''] = alias_name.split('.');
      return isGeneration(tenant as Tenant, name, collection_name) ? [{ tenant, name }] : [];
    });
}

async function byAge(store: Store, direction: 'asc' | 'desc', limit: number): Promise<JobRecord[]> {
  return unlessNone([], async () => {
    const order_by = { key: 'createdAtMs', direction };
    const filter = { must: [is('kind', 'job')] };
    const { points } = await store.read((api, init) =>
      api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, order_by, limit, with_payload: true, with_vector: false }, init),
    );
    return points.map((point) => point.payload as JobRecord);
  });
}

/** Reindexings of all tenants that have not ended, among the newest jobs. */
export async function openReindexings(store: Store, among: number): Promise<JobRecord[]> {
  return (await byAge(store, 'desc', among)).filter(({ reindex, cancelled }) => reindex?.outcome === 'pending' && !cancelled);
}

/** The oldest jobs of all tenants that were accepted before a time, epoch ms. */
export async function jobsBefore(store: Store, beforeMs: number, limit: number): Promise<JobRecord[]> {
  return (await byAge(store, 'asc', limit)).filter(({ createdAtMs }) => createdAtMs < beforeMs);
}

/** When the first of a job's documents was staged, ISO 8601; null when there is none. */
export async function stagedAt(store: Store, jobId: string): Promise<string | null> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId)] };
  const { points } = await store.read((api, init) =>
    api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, limit: 1, with_payload: ['updatedAt'], with_vector: false }, init),
  );
  const [first] = points;
  return first === undefined ? null : (first.payload as Pick<StagedRecord, 'updatedAt'>).updatedAt;
}

/** Forgets the texts of a cancelled job's documents, which nobody will index; once done it costs one read. */
export async function dropTexts(store: Store, jobId: string): Promise<void> {
  const [first] = await nextPending(store, jobId, 1);
  if (first === undefined || first.text === '') return;
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId), is('outcome', 'pending')] };
  const payload = { text: '' };
  await store.write((api, init) => api.setPayload({ collection_name: JOBS_COLLECTION, wait: true, filter, payload }, init));
}

/** Removes a job with everything that was staged for it; its record goes last, so that a removal cut off is done again. */
export async function removeJob(store: Store, jobId: string): Promise<void> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId)] };
  await store.write((api, init) => api.deletePoints({ collection_name: JOBS_COLLECTION, wait: true, filter }, init));
  await store.write((api, init) => api.deletePoints({ collection_name: JOBS_COLLECTION, wait: true, points: [jobId] }, init));
}
