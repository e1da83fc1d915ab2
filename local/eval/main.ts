import { parseArgs } from 'node:util';
import { CANDIDATES_PER_LIST } from '../../functions/_kernel/limits.ts';
import { measureAnswer, type AnswerMeasures } from './answers.ts';
import { readCollection, type Collection, type EvalDocument } from './beir.ts';
import { exactSearcher, type Mode, type Searcher } from './exact.ts';
import { auroc, mean, ndcg, recall, reciprocalRank } from './measures.ts';

const USAGE = `npm run eval -- <folder in BEIR form> [--mode hybrid|sparse|dense] [--queries N] [--json] [--answers] [--refusal]`;

type Report = Record<string, string | number>;

async function measure(collection: Collection, searcher: Searcher, mode: Mode, wants: { answers: boolean }): Promise<Report> {
  const documents = new Map(collection.documents.map((document) => [document.id, document]));
  const rows: { ndcg10: number; recall10: number; recall100: number; mrr10: number }[] = [];
  const answers: AnswerMeasures[] = [];
  for (const query of collection.queries) {
    const judgments = collection.relevant.get(query.id) ?? new Map<string, number>();
    const found = await searcher.search(query.text, mode, CANDIDATES_PER_LIST);
    const ranking = found.map(({ id }) => id);
    rows.push({
      ndcg10: ndcg(ranking, judgments, 10),
      recall10: recall(ranking, judgments, 10),
      recall100: recall(ranking, judgments, 100),
      mrr10: reciprocalRank(ranking, judgments, 10),
    });
    if (wants.answers && query.answers.length > 0) answers.push(measureAnswer(query, found, documents, judgments));
  }
  const report: Report = { documents: collection.documents.length, queries: rows.length, mode };
  for (const name of ['ndcg10', 'recall10', 'recall100', 'mrr10'] as const) report[name] = mean(rows.map((row) => row[name]));
  if (answers.length === 0) return report;
  for (const name of ['citedGoldPassage', 'rightSentenceFirst', 'rightSentenceInThree', 'containment'] as const)
    report[name] = mean(answers.map((answer) => answer[name]));
  return report;
}

/** The evidence signal with each question's own documents there against the same with them gone, and all others of their title. */
async function refusal({ documents, queries, relevant }: Collection, searcher: Searcher): Promise<number> {
  const byTitle = Map.groupBy(documents, ({ title }: EvalDocument) => title);
  const titles = new Map(documents.map(({ id, title }) => [id, title]));
  const there: number[] = [];
  const gone: number[] = [];
  for (const { id, text } of queries) {
    const own = [...(relevant.get(id)?.keys() ?? [])];
    const article = own.flatMap((one) => byTitle.get(titles.get(one) ?? '') ?? []).map((document) => document.id);
    const titled = own.every((one) => (titles.get(one) ?? '') !== '');
    there.push(await searcher.evidence(text, new Set()));
    gone.push(await searcher.evidence(text, new Set(titled ? [...own, ...article] : own)));
  }
  return auroc(there, gone);
}

function modeOf(value: string): Mode {
  const mode = (['hybrid', 'sparse', 'dense'] as const).find((one) => one === value);
  if (mode === undefined) throw new Error(`--mode ${value}: must be hybrid, sparse or dense`);
  return mode;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mode: { type: 'string', default: 'hybrid' },
      queries: { type: 'string' },
      json: { type: 'boolean', default: false },
      answers: { type: 'boolean', default: false },
      refusal: { type: 'boolean', default: false },
    },
  });
  const folder = positionals[0];
  if (folder === undefined || positionals.length > 1) throw new Error(USAGE);
  const mode = modeOf(values.mode);
  const most = values.queries === undefined ? Infinity : Number(values.queries);
  if (!(most >= 1)) throw new Error(`--queries ${values.queries}: must be a whole number of at least 1`);
  const whole = await readCollection(folder);
  const collection = { ...whole, queries: whole.queries.slice(0, most) };
  const searcher = exactSearcher(collection.documents);
  const started = performance.now();
  const report = await measure(collection, searcher, mode, values);
  const msPerQuery = (performance.now() - started) / collection.queries.length;
  if (values.refusal) report['refusalAuroc'] = await refusal(collection, searcher);
  const rounded = Object.fromEntries(
    Object.entries(report).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 10_000) / 10_000 : v]),
  );
  // Time is for people: with it, two runs would not give the same bytes.
  if (values.json) console.log(JSON.stringify(rounded));
  else
    for (const [name, value] of Object.entries({ ...rounded, msPerQuery: Math.round(msPerQuery * 10) / 10 }))
      console.log(`${name.padEnd(22)}${value}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
