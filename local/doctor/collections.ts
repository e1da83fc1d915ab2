import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { differences, indexing, NO_CHOICE, type Choice, type Fingerprint } from '../../functions/_kernel/corpus/fingerprint.ts';
import { findingsOn, type Finding } from './finding.ts';
import { ask, member } from './http.ts';
import type { Embedding } from './ollama.ts';
import type { Readable } from './qdrant.ts';

const { ok, note, wrong } = findingsOn('index');

/** A collection that readers see: its name, and how it is kept, in Qdrant's words. */
type Kept = { alias: string; config: unknown };

async function overHttp({ url, headers }: Readable): Promise<Kept[] | null> {
  const answer = await ask(url, '/aliases', { headers });
  const aliases = 'failed' in answer ? null : member(answer.json, 'result', 'aliases');
  if (!Array.isArray(aliases)) return null;
  return Promise.all(
    aliases.map(async (one: unknown) => {
      const path = `/collections/${encodeURIComponent(String(member(one, 'collection_name')))}`;
      const collection = await ask(url, path, { headers });
      return {
        alias: String(member(one, 'alias_name')),
        config: 'failed' in collection ? null : member(collection.json, 'result', 'config'),
      };
    }),
  );
}

/** What the stand-in keeps in a folder while it does not run, read and not touched. */
function inFolder(dataDir: string): Kept[] {
  const registry = join(dataDir, 'registry.sqlite');
  if (!existsSync(registry)) return [];
  const db = new DatabaseSync(registry, { readOnly: true });
  try {
    const rows = db.prepare('SELECT alias, file FROM aliases JOIN collections ON collections.name = aliases.collection').all();
    return rows.map(({ alias, file }) => ({ alias: String(alias), config: configIn(join(dataDir, 'collections', String(file))) }));
  } finally {
    db.close();
  }
}

function configIn(file: string): unknown {
  if (!existsSync(file)) return null;
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const value = db.prepare("SELECT value FROM meta WHERE key = 'config'").get()?.['value'];
    return typeof value === 'string' ? (JSON.parse(value) as unknown) : null;
  } finally {
    db.close();
  }
}

async function examineOne({ alias, config }: Kept, embedding: Embedding): Promise<Finding | null> {
  const stored = member(config, 'metadata', 'rag', 'fingerprint') as Fingerprint | undefined;
  if (stored === undefined) return null; // not one of ours
  const size = member(config, 'params', 'vectors', 'dense', 'size');
  if (size !== stored.dimension)
    return wrong(
      `${alias} keeps vectors of ${String(size)} dimensions under a fingerprint of ${stored.dimension}`,
      'delete it and ingest again',
    );
  const chosen = (member(config, 'metadata', 'rag', 'chosen') as Choice | undefined) ?? NO_CHOICE;
  const now = indexing(embedding.model, chosen);
  const known = await embedding.known(now.model);
  if (known === null && chosen.model !== null)
    return wrong(`${alias} was made with ${chosen.model}, which is not there`, embedding.remedy(chosen.model));
  const { digest, dimension } = { digest: null, dimension: null, ...known };
  const configured = { ...now, digest, ...(dimension !== null && { dimension }) };
  const found = differences(stored, configured).map((one) => `${one.field} ${one.stored}, now ${one.configured}`);
  if (found.length === 0) return ok(`${alias} fits: ${stored.model}, ${stored.dimension} dimensions`);
  const name = alias.slice(alias.indexOf('.') + 1);
  const back = stored.model === now.model ? '' : `, or set OLLAMA_EMBEDDING_MODEL=${stored.model} again`;
  return wrong(
    `${alias} was indexed with other settings and refuses writes (${found.join('; ')})`,
    `rebuild it: POST /api/v1/rag/collections/${name}/reindex${back}`,
  );
}

/** Whether every collection can be read and written with the configured embedding model. */
export async function examineIndex(readable: Readable | null, dataDir: string, standIn: boolean, embedding: Embedding): Promise<Finding[]> {
  if (readable === null && !standIn) return [note('collections could not be compared: Qdrant cannot be read')];
  const kept = readable === null ? inFolder(dataDir) : await overHttp(readable);
  if (kept === null) return [wrong('Qdrant does not list its aliases', 'give it a key that may read everything')];
  const findings = (await Promise.all(kept.map(async (one) => examineOne(one, embedding)))).filter((finding) => finding !== null);
  return findings.length === 0 ? [ok('no collections yet')] : findings;
}
