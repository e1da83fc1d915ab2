import type { Job } from '../types.ts';

type Failure = Job['failures'][number];

/** Failures by what is wrong, in the order in which each reason first came. */
export function byReason(failures: readonly Failure[]): { reason: Omit<Failure, 'documentId'>; names: string[] }[] {
  const groups = Map.groupBy(failures, ({ code, detail }) => `${code} ${detail}`);
  return [...groups.values()].map((all) => ({ reason: all[0]!, names: all.map(({ documentId }) => documentId) }));
}
