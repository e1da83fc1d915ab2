import type { Route } from '../http.ts';

/** The version whose behaviour the stand-in follows. */
const VERSION = '1.19.0';
const text = (body: string): { type: string; text: string } => ({ type: 'text/plain; charset=utf-8', text: body });

export const serviceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    open: true,
    handle: () => ({
      type: 'application/json',
      text: JSON.stringify({ title: 'qdrant - vector search engine', version: VERSION, commit: 'stand-in' }),
    }),
  },
  { method: 'GET', path: '/healthz', open: true, handle: () => text('healthz check passed') },
  { method: 'GET', path: '/livez', open: true, handle: () => text('healthz check passed') },
  { method: 'GET', path: '/readyz', open: true, handle: () => text('all shards are ready') },
  { method: 'GET', path: '/cluster', handle: () => ({ result: { status: 'disabled' } }) },
  {
    method: 'GET',
    path: '/telemetry',
    handle: ({ engine }) => ({
      result: { id: 'stand-in', app: { name: 'qdrant', version: VERSION }, collections: { number_of_collections: engine.names().length } },
    }),
  },
  {
    method: 'GET',
    path: '/metrics',
    handle: ({ engine }) => {
      const names = engine.names();
      const points = names.map((name) => ({ name, count: engine.find(name).slots.count() }));
      return text(
        [
          '# HELP app_info information about qdrant server',
          '# TYPE app_info gauge',
          `app_info{name="qdrant",version="${VERSION}"} 1`,
          '# HELP collections_total number of collections',
          '# TYPE collections_total gauge',
          `collections_total ${names.length}`,
          '# HELP collection_points approximate amount of points per collection',
          '# TYPE collection_points gauge',
          ...points.map(({ name, count }) => `collection_points{id="${name}"} ${count}`),
          // Every shard of a single node has its one copy.
          '# HELP collection_dead_replicas total amount of shard replicas in non-active state',
          '# TYPE collection_dead_replicas gauge',
          'collection_dead_replicas 0',
          '# HELP memory_resident_bytes Total number of bytes in resident pages mapped',
          '# TYPE memory_resident_bytes gauge',
          `memory_resident_bytes ${process.memoryUsage.rss()}`,
          '',
        ].join('\n'),
      );
    },
  },
];
