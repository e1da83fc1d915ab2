import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Collection, vectorsAt } from '../collection.ts';
import { collectionName } from '../config.ts';
import { badInput, badRequest, notFound, QdrantError } from '../errors.ts';
import type { Route, RouteAnswer, RouteRequest } from '../http.ts';
import { type Json, object, required, string } from '../json.ts';
import { openCollectionFile, type RowChange } from '../storage/file.ts';
import { named } from './collections.ts';

const BASE = '/collections/{collection}/snapshots';

function directory({ engine }: RouteRequest, collection: string): string {
  const path = join(engine.snapshotDir, encodeURIComponent(collection));
  mkdirSync(path, { recursive: true });
  return path;
}

function describe(path: string, name: string): Json {
  const { size, mtime } = statSync(join(path, name));
  const checksum = createHash('sha256')
    .update(readFileSync(join(path, name)))
    .digest('hex');
  return { name, creation_time: mtime.toISOString().slice(0, 19), size, checksum };
}

function* everyRow(collection: Collection): Generator<RowChange> {
  const { slots } = collection;
  for (let slot = 0; slot < slots.capacity(); slot += 1) {
    if (!slots.isLive(slot)) continue;
    const row = {
      slot,
      id: slots.idAt(slot),
      version: slots.versionAt(slot),
      payload: slots.payloadAt(slot),
      vectors: vectorsAt(collection, slot),
    };
    yield { kind: 'put', row };
  }
}

/** A snapshot is a collection's file as the storage writes it, made from memory. */
function create(request: RouteRequest): Json {
  const collection = named(request);
  const path = directory(request, collection.name);
  const stamp = request.now().toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  let name = `${encodeURIComponent(collection.name)}-1-${stamp}.snapshot`;
  for (let n = 2; readdirSync(path).includes(name); n += 1) name = `${encodeURIComponent(collection.name)}-1-${stamp}-${n}.snapshot`;
  const file = openCollectionFile(join(path, name));
  file.writeMeta('config', collection.config.shown);
  file.writeMeta('payload_schema', Object.fromEntries([...collection.indexes].map(([key, { params }]) => [key, params])));
  file.writeMeta('operation', collection.operation);
  file.write(everyRow(collection));
  file.close();
  return describe(path, name);
}

function existing(request: RouteRequest): { path: string; name: string } {
  const path = directory(request, named(request).name);
  const name = request.path['snapshot'] ?? '';
  if (!readdirSync(path).includes(name)) throw notFound(`Snapshot ${name} not found`);
  return { path, name };
}

async function fetched(location: string, apiKey: string | null, snapshotDir: string): Promise<Buffer> {
  if (location.startsWith('file:')) {
    if (!/^file:\/\/(?:localhost)?\//.test(location)) throw badRequest('Invalid snapshot URI, file path must be absolute or on localhost');
    const path = resolve(fileURLToPath(location));
    if (!existsSync(path)) throw badRequest(`Snapshot file "${path}" does not exist`);
    if (!path.startsWith(resolve(snapshotDir) + sep))
      throw new QdrantError(403, `Forbidden: Snapshot file path must be inside the snapshots directory`);
    return readFileSync(path);
  }
  if (!/^https?:\/\//.test(location)) throw badInput(`Unsupported snapshot location: ${location}; give a file:// or http:// address`);
  const response = await fetch(location, apiKey === null ? {} : { headers: { 'api-key': apiKey } });
  if (!response.ok) throw badRequest(`Failed to download snapshot from ${location}: status - ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function restore(request: RouteRequest, name: string, bytes: Buffer, checksum: string | null): Json {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (checksum !== null && checksum !== actual) throw badRequest(`Snapshot checksum mismatch: expected ${checksum}, got ${actual}`);
  if (bytes.subarray(0, 15).toString('latin1') !== 'SQLite format 3')
    throw badRequest('Failed to read snapshot: not a snapshot of this server');
  const path = join(directory(request, name), `restoring-${actual}.tmp`);
  writeFileSync(path, bytes);
  try {
    const file = openCollectionFile(path);
    request.engine.restore(name, file);
    file.close();
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  }
  return true;
}

/** The answer of a route whose `wait` is true by default: 202 without a result when the caller did not want to wait. */
function unlessAwaited({ query }: RouteRequest, result: Json): RouteAnswer {
  if (query.get('wait') !== 'false') return { result };
  return { status: 202, type: 'application/json', text: JSON.stringify({ status: 'accepted', time: 0 }) };
}

/** The first file of a `multipart/form-data` body. */
async function uploaded({ raw, contentType }: RouteRequest): Promise<Buffer> {
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData().catch(() => null);
  const file = form?.get('snapshot');
  if (!(file instanceof File)) throw badRequest('Multipart body has no field `snapshot`');
  return Buffer.from(await file.arrayBuffer());
}

export const snapshotRoutes: readonly Route[] = [
  { method: 'POST', path: BASE, takes: 'bytes', handle: (request) => unlessAwaited(request, create(request)) },
  {
    method: 'GET',
    path: BASE,
    handle: (request) => {
      const path = directory(request, named(request).name);
      return {
        result: readdirSync(path)
          .filter((name) => name.endsWith('.snapshot'))
          .map((name) => describe(path, name)),
      };
    },
  },
  {
    method: 'PUT',
    path: `${BASE}/recover`,
    takes: 'json',
    handle: async (request) => {
      const name = collectionName(request.path['collection']);
      const body = object(request.body, 'SnapshotRecover');
      const text = (key: string): string | null => (typeof body[key] === 'string' ? body[key] : null);
      const bytes = await fetched(string(required(body, 'location'), 'location'), text('api_key'), request.engine.snapshotDir);
      return unlessAwaited(request, restore(request, name, bytes, text('checksum')));
    },
  },
  {
    method: 'POST',
    path: `${BASE}/upload`,
    takes: 'bytes',
    handle: async (request) => {
      const name = collectionName(request.path['collection'], true);
      return unlessAwaited(request, restore(request, name, await uploaded(request), request.query.get('checksum')));
    },
  },
  {
    method: 'GET',
    path: `${BASE}/{snapshot}`,
    handle: (request) => {
      const { path, name } = existing(request);
      const headers = { 'content-disposition': `attachment; filename="${name}"` };
      return { type: 'application/octet-stream', text: readFileSync(join(path, name)), headers };
    },
  },
  {
    method: 'DELETE',
    path: `${BASE}/{snapshot}`,
    handle: (request) => {
      const { path, name } = existing(request);
      rmSync(join(path, name));
      return unlessAwaited(request, true);
    },
  },
];
