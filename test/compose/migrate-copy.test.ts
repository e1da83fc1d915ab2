import { expect, test } from 'vitest';
import type { Ask } from '../../compose/migrate/ask.ts';
import { BEGINNING, copyPoints } from '../../compose/migrate/copy.ts';
import type { QdrantApi } from '../../functions/_kernel/upstreams/qdrant.ts';

test('a page is no larger than what fits: after large points fewer are asked for at once', async () => {
  const text = 'x'.repeat(8_000_000);
  const limits: number[] = [];
  const points = Array.from({ length: 90 }, (_, i) => ({ id: i, payload: i === 0 ? { text } : {}, vector: {} }));
  const scroll = async (request: { offset?: number; limit: number }) => {
    limits.push(request.limit);
    const [begin, end] = [request.offset ?? 0, (request.offset ?? 0) + request.limit];
    return { data: { result: { points: points.slice(begin, end), next_page_offset: end < points.length ? end : null } } };
  };
  const source_ = { scrollPoints: scroll } as unknown as QdrantApi;
  const target_ = { upsertPoints: async () => ({ data: { result: {} } }) } as unknown as QdrantApi;
  const asking = (api: QdrantApi) => async (ask: (of: QdrantApi, init: RequestInit) => Promise<{ data: { result?: unknown } }>) =>
    (await ask(api, {})).data.result;
  const how = { name: 'big', from: BEGINNING, rate: 1e6, keep: () => {}, clock: () => 0, sleep: async () => {} };
  await copyPoints({ source: asking(source_) as Ask, target: asking(target_) as Ask, ...how });
  expect(limits).toEqual([64, 8, 9, 10]);
});
