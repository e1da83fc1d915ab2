import { Hono } from 'hono';
import { queryVector } from '../../../functions/_kernel/retrieval/sparse.ts';

/** Where the stand-ins are and which physical collection is searched. */
export type Bare = { QDRANT_URL: string; OLLAMA_URL: string; ALIAS: string };

const post = async <T>(url: string, body: unknown): Promise<T> => {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
};

type Embedded = { embeddings: number[][] };
type Point = { id: string; score: number; payload: Record<string, unknown> };
type Found = { result: { points: Point[] }[] };

/**
 * What the search is measured against: the least that does the same work. It embeds, asks both lists in one batch to the same depth, and
 * fetches the texts of the best five by a plain sum, without identity, breakers, versions or checks. Three calls: two would have to carry
 * the texts of all four hundred candidates.
 */
export const bare = new Hono<{ Bindings: Bare }>();
bare.post('/search', async (c) => {
  const { query } = await c.req.json<{ query: string }>();
  const { QDRANT_URL, OLLAMA_URL, ALIAS } = c.env;
  const { embeddings } = await post<Embedded>(`${OLLAMA_URL}/api/embed`, { model: 'emulated-embed', input: [query] });
  const common = { limit: 200, with_payload: ['documentId', 'version'] };
  const searches = [
    { ...common, query: embeddings[0], using: 'dense' },
    { ...common, query: queryVector(query), using: 'lexical' },
  ];
  const { result } = await post<Found>(`${QDRANT_URL}/collections/${ALIAS}/points/query/batch`, { searches });
  const scores = new Map<string, number>();
  for (const { points } of result) for (const { id, score } of points) scores.set(id, (scores.get(id) ?? 0) + score);
  const ids = [...scores].toSorted(([, a], [, b]) => b - a).slice(0, 5);
  const { result: chunks } = await post<{ result: Point[] }>(`${QDRANT_URL}/collections/${ALIAS}/points`, {
    ids: ids.map(([id]) => id),
    with_payload: true,
  });
  return c.json({ hits: chunks.map(({ payload }) => payload) });
});
