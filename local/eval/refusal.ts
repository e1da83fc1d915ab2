import type { Collection } from './beir.ts';
import { exactSearcher } from './exact.ts';
import { auroc } from './measures.ts';
import { articleOf } from './service.ts';

/** How well the evidence signal tells a question whose documents are there from one with them gone, and all others of their title. */
export async function measureRefusal({ documents, queries, relevant }: Collection): Promise<{ refusalAuroc: number }> {
  const searcher = exactSearcher(documents);
  const articles = new Map(documents.map((document) => [document.id, articleOf(document)]));
  const byArticle = Map.groupBy(documents, ({ id }) => articles.get(id));
  const there: number[] = [];
  const gone: number[] = [];
  for (const { id, text } of queries) {
    const own = [...(relevant.get(id)?.keys() ?? [])].flatMap((one) => byArticle.get(articles.get(one)) ?? []);
    there.push(await searcher.evidence(text, new Set()));
    gone.push(await searcher.evidence(text, new Set(own.map((document) => document.id))));
  }
  return { refusalAuroc: auroc(there, gone) };
}
