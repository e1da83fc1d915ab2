import type { ControlFile } from '../control.ts';
import type { Settings } from '../settings.ts';
import { findingsOn, isAtLeast, shownUrl, type Finding } from './finding.ts';
import { ask, member } from './http.ts';

const { ok, note, wrong } = findingsOn('qdrant');

/** Since then a collection has metadata, where its fingerprint is kept (Qdrant, "Collections": collection metadata). */
const QDRANT_MIN = [1, 16] as const;

/** Where the collections can be read: the headers that it needs, or null where it cannot be asked. */
export type Readable = { url: string; headers: Record<string, string> };

/** Whether Qdrant answers, is new enough, and takes the key. */
export async function examineQdrant(
  settings: Settings,
  running: ControlFile | null,
): Promise<{ findings: Finding[]; readable: Readable | null }> {
  const standIn = settings.real.qdrant === null;
  const url = settings.real.qdrant ?? running?.addresses.qdrant ?? null;
  if (url === null)
    return { findings: [note('QDRANT_URL is not set: a stand-in will stand there (exact search, data in .rag/)')], readable: null };
  const at = shownUrl(url);
  const headers: Record<string, string> = settings.qdrantApiKey === null ? {} : { 'api-key': settings.qdrantApiKey };
  const root = await ask(url, '/', { headers });
  const elsewhere = 'start Qdrant there, or correct QDRANT_URL (its REST port is 6333)';
  if ('failed' in root) return { findings: [wrong(`${at} ${root.failed}`, elsewhere)], readable: null };
  const list = await ask(url, '/collections', { headers });
  const remedy = 'set QDRANT_API_KEY to its service.api_key, which may read and write';
  if (!('failed' in list) && (list.status === 401 || list.status === 403)) {
    const how = settings.qdrantApiKey === null ? 'asks for an API key' : 'refuses QDRANT_API_KEY';
    return { findings: [wrong(`${at} ${how}`, remedy)], readable: null };
  }
  const version = member(root.json, 'version');
  if ('failed' in list || list.status !== 200 || !Array.isArray(member(list.json, 'result', 'collections')) || typeof version !== 'string')
    return { findings: [wrong(`${at} answers ${root.status}, but not as Qdrant`, elsewhere)], readable: null };
  // Changing no alias changes nothing, and yet takes the right to change all of them.
  const change = await ask(url, '/collections/aliases', { headers, body: { actions: [] } });
  if (!('failed' in change) && change.status === 403)
    return { findings: [wrong(`${at} lets QDRANT_API_KEY read and not write`, remedy)], readable: { url, headers } };
  const findings = [
    standIn
      ? ok(`stand-in at ${at} answers, as Qdrant ${version} would`)
      : isAtLeast(version, QDRANT_MIN)
        ? ok(`${at} answers, Qdrant ${version}`)
        : wrong(`${at} is Qdrant ${version}`, `upgrade it to ${QDRANT_MIN.join('.')} or newer, one minor version at a time`),
  ];
  return { findings, readable: { url, headers } };
}
