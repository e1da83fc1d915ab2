import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type EvalDocument = { id: string; title: string; text: string };
/** A question; `answers` are texts that answer it and where they start in the relevant document, where the collection says so. */
export type EvalQuery = { id: string; text: string; answers: { text: string; start: number | null }[] };
/** A judged collection: documents, questions with at least one relevant document and which those are, questions that have none. */
export type Collection = {
  documents: EvalDocument[];
  queries: EvalQuery[];
  relevant: Map<string, Map<string, number>>;
  /** Marked `is_impossible`, as in SQuAD 2: no document answers them. */
  unanswerable: EvalQuery[];
};

/**
 * Reads a folder in BEIR form: `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`.
 *
 * Throws with the file's name and line where one cannot be read. Source: Thakur et al. 2021, the BEIR repository's data format.
 */
export async function readCollection(folder: string): Promise<Collection> {
  const documents = (await readLines(folder, 'corpus.jsonl')).map((line) => ({
    id: textOf(line, '_id'),
    title: textOf(line, 'title'),
    text: textOf(line, 'text'),
  }));
  const known = new Set(documents.map(({ id }) => id));
  const relevant = await readJudgments(folder, known);
  const lines = await readLines(folder, 'queries.jsonl');
  const queryOf = (line: Line): EvalQuery => ({ id: textOf(line, '_id'), text: textOf(line, 'text'), answers: answersOf(line) });
  const queries = lines.map(queryOf).filter(({ id }) => relevant.has(id));
  const unanswerable = lines.filter((line) => line['is_impossible'] === true).map(queryOf);
  if (queries.length === 0) throw new Error(`${folder}: no question has a relevant document; is qrels/test.tsv of this collection?`);
  return { documents, queries, relevant, unanswerable };
}

type Line = Record<string, unknown>;

async function readLines(folder: string, name: string): Promise<Line[]> {
  const lines = (await read(folder, name)).split('\n');
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [{ ...value }] : [];
    } catch (cause) {
      throw new Error(`${join(folder, name)}: line ${at + 1} is not JSON`, { cause });
    }
  });
}

async function readJudgments(folder: string, known: Set<string>): Promise<Map<string, Map<string, number>>> {
  const relevant = new Map<string, Map<string, number>>();
  for (const line of (await read(folder, 'qrels/test.tsv')).split('\n').slice(1)) {
    const [query, document, grade] = line.trim().split('\t');
    if (query === undefined || document === undefined || !(Number(grade) > 0) || !known.has(document)) continue;
    relevant.set(query, (relevant.get(query) ?? new Map<string, number>()).set(document, Number(grade)));
  }
  return relevant;
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    throw new Error(`${join(folder, name)} cannot be read; a BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv`, { cause });
  }
}

function textOf(line: Line, field: string): string {
  const value = line[field];
  return typeof value === 'string' ? value : '';
}

function answersOf(line: Line): EvalQuery['answers'] {
  const list: unknown[] = Array.isArray(line['answers']) ? line['answers'] : [];
  return list.flatMap((one) => {
    if (typeof one !== 'object' || one === null) return typeof one === 'string' && one !== '' ? [{ text: one, start: null }] : [];
    const fields: Line = { ...one };
    const text = textOf(fields, 'text');
    return text === '' ? [] : [{ text, start: typeof fields['start'] === 'number' ? fields['start'] : null }];
  });
}
