import type { Filter } from '../../functions/_kernel/http/fields.ts';
import { gauge } from '../../functions/_kernel/retrieval/gauge.ts';
import { detectLanguage } from '../../functions/_kernel/retrieval/languages.ts';
import type { MatchPorts } from '../../functions/_kernel/retrieval/match.ts';
import type { Collection } from './beir.ts';
import { each } from './measure.ts';
import { auroc } from './measures.ts';
import { articleOf } from './service.ts';

/** Values that one condition of a filter takes. */
const VALUES = 256;

/** The documents of these articles gone. */
function without(articles: readonly string[]): Filter {
  const parts = Array.from({ length: Math.ceil(articles.length / VALUES) }, (_, at) => articles.slice(at * VALUES, (at + 1) * VALUES));
  return { mustNot: parts.map((any) => ({ key: 'article', any })) };
}

/** How well the evidence signal tells a question whose documents are there from one with them gone, and all others of their title. */
export async function measureRefusal(open: () => MatchPorts, collection: Collection): Promise<{ refusalAuroc: number }> {
  const articles = new Map(collection.documents.map((document) => [document.id, articleOf(document)]));
  const signals = await each(collection.queries, async ({ id, text }) => {
    const ports = open();
    const { language, levels } = await ports.known();
    const { probes, read } = gauge(text, detectLanguage(text, language), levels.passages);
    // The filter stands for documents that are not there, so their words are gone as well.
    const over = probes.map(({ query }) => ({ query, filtered: true }));
    const signal = async (filter: Filter | undefined) =>
      read((await ports.find({ dense: null, sparse: null, filter, probes: over })).probes).words;
    const own = [...(collection.relevant.get(id)?.keys() ?? [])].flatMap((one) => articles.get(one) ?? []);
    return { there: await signal(undefined), gone: await signal(without([...new Set(own)])) };
  });
  return {
    refusalAuroc: auroc(
      signals.map(({ there }) => there),
      signals.map(({ gone }) => gone),
    ),
  };
}
