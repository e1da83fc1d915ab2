import { beforeAll } from 'vitest';
import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import { call, expectStatus, type Answer, type Caller } from './call.ts';
import type { World } from './world.ts';

export type Given = {
  id: string;
  text: string;
  title?: string;
  url?: string;
  contentType?: string;
  metadata?: Record<string, string | number | boolean | (string | number | boolean)[]>;
};

/** Three documents about different things, one of them long enough for several chunks. */
export const LIBRARY: Given[] = [
  {
    id: 'breaker.md',
    title: 'Circuit breakers',
    url: 'https://docs.example/breaker',
    contentType: 'text/markdown',
    metadata: { lang: 'en', year: 2024, tags: ['policy', 'redis'] },
    text: [
      '# Circuit breakers',
      'A circuit breaker opens after five consecutive faults. While it is open, every call is refused at once.',
      'A breaker recovers when one probe succeeds. The probe is a single call that is let through after thirty seconds.',
      ...Array.from(
        { length: 12 },
        (_, i) => `Paragraph ${i} of the appendix tells how dependency number ${i} was measured, ${'at length '.repeat(8)}.`,
      ),
    ].join('\n\n'),
  },
  {
    id: 'bread.txt',
    title: 'Bread',
    metadata: { lang: 'en', year: 1999 },
    text: 'Sourdough bread needs flour, water and salt. The dough rests overnight before it is baked in a hot oven.',
  },
  {
    id: 'brot.txt',
    title: 'Brot',
    metadata: { lang: 'de', year: 2010 },
    text: 'Ein Sauerteigbrot braucht Mehl, Wasser und Salz. Der Teig ruht über Nacht und wird dann heiß gebacken.',
  },
];

/** Ingests documents and waits until they are indexed. */
export async function put(world: World, documents: readonly Given[], collection = 'default', as: Caller = {}): Promise<Answer> {
  const answer = await call(ingest, world.env, { path: '/ingest?wait=10000', json: { collection, documents }, as });
  expectStatus(answer, 200);
  return answer;
}

/** Gives the file's tests documents to ask about. */
export function useLibrary(world: World, documents: readonly Given[] = LIBRARY): void {
  beforeAll(async () => {
    await put(world, documents);
  });
}

/** A document's stored text, as everybody can read it. */
export async function storedText(world: World, documentId: string, collection = 'default'): Promise<string> {
  const path = `/collections/${collection}/documents/${encodeURIComponent(documentId)}`;
  const answer = await call(collections, world.env, { path });
  expectStatus(answer, 200);
  return String(answer.body.text);
}

/** All that a tenant can see of what is kept: collections with their counts, and jobs. */
export async function everythingOf(world: World, as: Caller = {}): Promise<unknown> {
  const [kept, jobs] = await Promise.all([
    call(collections, world.env, { path: '/collections', as }),
    call(ingest, world.env, { path: '/ingest/jobs', as }),
  ]);
  expectStatus(kept, 200);
  expectStatus(jobs, 200);
  return { collections: kept.body.collections, jobs: jobs.body.jobs };
}
