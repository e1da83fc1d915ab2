import { expect, test } from 'vitest';
import type { Collection } from '../../../functions/_kernel/corpus/collections.ts';
import { indexing, NO_CHOICE } from '../../../functions/_kernel/corpus/fingerprint.ts';
import { tenantOf } from '../../../functions/_kernel/corpus/names.ts';
import { searchable } from '../../../functions/_kernel/corpus/searchable.ts';
import { NO_STATISTICS } from '../../../functions/_kernel/corpus/statistics.ts';

const unasked = () => Promise.reject(new Error('nothing is to be asked of Qdrant'));
const store = { tenant: tenantOf('ann'), placement: {}, read: unasked, write: unasked };
const embedder = { model: 'emulated-embed', denseWeight: 0.1, question: async () => [1] };
const indexedWith = (model: string): Collection => ({
  name: 'c',
  description: null,
  generation: 1,
  physical: 'ann.c.v1',
  fingerprint: { ...indexing(model), digest: null, dimension: 1 },
  chosen: { ...NO_CHOICE, model },
  createdAt: '',
  reindex: null,
  previous: null,
  state: 'green',
  numberKeys: new Set(),
  statistics: { ...NO_STATISTICS, language: 'de' },
  evidence: { passages: 1, words: null, dense: null },
  revision: '',
});
const known = (model: string) => searchable(store, 'c', embedder, Promise.resolve(indexedWith(model))).known();

test('a collection is weighed by the model it is indexed with, and read in its own language', async () => {
  expect(await known('emulated-embed')).toMatchObject({ denseWeight: 0.1, language: 'de' });
  expect(await known('nomic-embed-text')).toMatchObject({ denseWeight: 0.5 });
});
