import { v5 as uuidv5 } from 'uuid';

/** The namespace of every id made here (RFC 9562, section 5.5): a fixed random UUID of this project. */
const NAMESPACE = '6f1a3a3e-8f43-4c5b-9c55-0f6a2d6f7b1e';

/** The collection that keeps the ingestion jobs of all tenants; no tenant's alias can begin with an underscore. */
export const JOBS_COLLECTION = '_rag_jobs';
/** The collection itself, which that alias names once it is whole. */
export const JOBS_PHYSICAL = '_rag_jobs_1';

declare const tenantBrand: unique symbol;
/** A tenant's name as it stands in Qdrant's names: without a dot, so that `tenant.collection` cuts in one way only. */
export type Tenant = string & { readonly [tenantBrand]: true };

/** Whether a tenant's name is a hash, from which its consumer cannot be told. */
export const isHashed = (tenant: string): boolean => tenant.startsWith('h-');

/** Turns what the gateway vouches for into a name that Qdrant accepts; two tenants never get the same one. */
export function tenantOf(consumer: string): Tenant {
  const plain = /^[a-z0-9][a-z0-9_-]{0,62}$/.test(consumer) && !consumer.startsWith('h-');
  return (plain ? consumer : `h-${uuidv5(consumer, NAMESPACE)}`) as Tenant;
}

/** The alias by which a tenant's collection is read and written. */
export function aliasOf(tenant: Tenant, collection: string): string {
  return `${tenant}.${collection}`;
}

/** The physical collection behind an alias; reindexing counts `generation` up. */
export function physicalOf(tenant: Tenant, collection: string, generation: number): string {
  return `${tenant}.${collection}.v${generation}`;
}

/** Whether a physical collection is a generation of this one. */
export function isGeneration(tenant: Tenant, collection: string, physical: string): boolean {
  return physical.startsWith(`${tenant}.${collection}.v`) && /^\d+$/.test(physical.slice(`${tenant}.${collection}.v`.length));
}

/** The collection's own name when the alias is this tenant's, else null. */
export function collectionOf(tenant: Tenant, alias: string): string | null {
  return alias.startsWith(`${tenant}.`) ? alias.slice(tenant.length + 1) : null;
}

/** The id of a document's record: one per document, whatever its version. */
export function documentPointId(collection: string, documentId: string): string {
  return uuidv5(JSON.stringify(['document', collection, documentId]), NAMESPACE);
}

/** The id of a chunk: the same text at the same place of the same version is the same point, so that a retry cannot duplicate. */
export function chunkPointId(collection: string, documentId: string, version: string, start: number, text: string): string {
  return uuidv5(JSON.stringify(['chunk', collection, documentId, version, start, text]), NAMESPACE);
}

/** The id of the point by which the writers of a generation agree on its statistics. */
export function statisticsPointId(physical: string): string {
  return uuidv5(JSON.stringify(['statistics', physical]), NAMESPACE);
}

/** The id of a job: by its idempotency key where the client gave one, so that a replay finds it; else by a random seed. */
export function jobIdOf(tenant: Tenant, key: { idempotencyKey: string } | { seed: string }): string {
  return uuidv5(JSON.stringify(['job', tenant, key]), NAMESPACE);
}

/** The id of a document that a job still has to index. */
export function stagedPointId(jobId: string, documentId: string): string {
  return uuidv5(JSON.stringify(['staged', jobId, documentId]), NAMESPACE);
}

/** The id of a document that came without one: by its content, so that the same text again is the same document. */
export function documentIdOf(content: { title: string | null; url: string | null; text: string }): string {
  return content.url ?? uuidv5(JSON.stringify(['content', content.title, content.text]), NAMESPACE);
}
