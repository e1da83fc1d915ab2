import type { SearchMode } from '../../functions/_kernel/http/fields.ts';
import { meanAnswers, measureAnswer } from './answers.ts';
import type { Collection } from './beir.ts';
import { mean, ndcg, recall, reciprocalRank } from './measures.ts';
import type { Service } from './service.ts';

/** What is measured, by name; all but the counts are means over the questions, in 0–1. */
export type Report = Record<string, string | number>;
export type Measured = { report: Report; /** Of each search, in the order of the questions. */ milliseconds: number[] };

/** Requests under way at once: the functions and the stand-ins work in threads of their own. */
const AT_ONCE = 4;

/** Does something with each item, a few at once; results come in the items' order. After an error none is begun, and none goes on. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, runner));
  const lost = ended.find((one) => one.status === 'rejected');
  if (lost !== undefined) throw lost.reason;
  return results;
}

/** Searches for every question and holds the documents found against the judgments. */
export async function measureSearch(service: Pick<Service, 'search'>, collection: Collection, mode: SearchMode): Promise<Measured> {
  const rows = await each(collection.queries, async ({ id, text }) => {
    const judgments = collection.relevant.get(id) ?? new Map<string, number>();
    const began = performance.now();
    const ranking = (await service.search(text, mode)).map(({ documentId }) => documentId);
    return {
      ms: performance.now() - began,
      ndcg10: ndcg(ranking, judgments, 10),
      recall10: recall(ranking, judgments, 10),
      recall100: recall(ranking, judgments, 100),
      mrr10: reciprocalRank(ranking, judgments, 10),
    };
  });
  const report: Report = { documents: collection.documents.length, queries: rows.length, mode };
  for (const name of ['ndcg10', 'recall10', 'recall100', 'mrr10'] as const) report[name] = mean(rows.map((row) => row[name]));
  return { report, milliseconds: rows.map(({ ms }) => ms) };
}

/**
 * Answers every question that carries answers, and every one marked as unanswerable.
 *
 * `refused` is the part of the unanswerable that is refused, `answered` the part of the others that is not; a measure without a
 * question to take it from is left out.
 */
export async function measureAnswers(service: Pick<Service, 'answer'>, collection: Collection): Promise<Report> {
  const asked = collection.queries.filter(({ answers }) => answers.length > 0);
  const answers = await each(asked, async (query) =>
    measureAnswer(query, await service.answer(query.text), collection.relevant.get(query.id) ?? new Map<string, number>()),
  );
  const refused = await each(collection.unanswerable, async ({ text }) => Number(!(await service.answer(text)).answerable));
  return { ...meanAnswers(answers), ...(refused.length > 0 && { refused: mean(refused) }) };
}
