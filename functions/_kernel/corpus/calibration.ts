import { CALIBRATION_BATCH, CALIBRATION_PASSAGES, CALIBRATION_SENTENCES, CALIBRATION_SKETCH } from '../limits.ts';
import {
  CALIBRATED_FROM_PASSAGES,
  chanceQuestions,
  commonTitles,
  inTurn,
  isOutgrown,
  levelOfDense,
  levelOfWords,
  sentencesOf,
  wordOf,
  type Extent,
} from '../retrieval/calibrate.ts';
import { evidence, termProbes } from '../retrieval/evidence.ts';
import { seesMoreThanWords } from '../retrieval/gate.ts';
import { detectLanguage } from '../retrieval/languages.ts';
import { modelProfile } from '../retrieval/models.ts';
import { queryVector, type SparseVector } from '../retrieval/sparse.ts';
import type { Collection } from './collections.ts';
import { ofDocuments, ofKind, type ChunkRecord, type QdrantFilter } from './payload.ts';
import { keepEvidenceLevels } from './statistics.ts';
import type { Store } from './store.ts';

/** Hits among which one of another title is looked for: parts of one work bear one title, and are its sentences' nearest. */
const DENSE_DEPTH = 16;

type Sampled = Pick<ChunkRecord, 'documentId' | 'text' | 'title'>;

/** Passages in the order of their ids, which are hashes: a sample that is the same as long as the passages are. */
async function sample(store: Store, physical: string): Promise<Sampled[]> {
  const { points } = await store.read((api, init) =>
    api.scrollPoints(
      {
        collection_name: physical,
        filter: { must: [ofKind('chunk')] },
        limit: CALIBRATION_PASSAGES,
        with_payload: ['documentId', 'text', 'title'],
        with_vector: false,
      },
      init,
    ),
  );
  return points.map(({ payload }) => payload as Sampled);
}

type Search = { query: number[] | SparseVector; using: 'dense' | 'lexical'; limit: number; filter?: QdrantFilter; with_payload?: string[] };

async function inBatches(store: Store, physical: string, searches: readonly Search[]) {
  const found: { score: number; payload?: Record<string, unknown> | null | undefined }[][] = [];
  for (let at = 0; at < searches.length; at += CALIBRATION_BATCH) {
    const batch = searches.slice(at, at + CALIBRATION_BATCH);
    const lists = await store.read((api, init) => api.queryBatchPoints({ collection_name: physical, searches: batch }, init));
    found.push(...lists.map(({ points }) => points));
  }
  return found;
}

async function bestScores(store: Store, physical: string, probes: readonly SparseVector[]): Promise<(number | null)[]> {
  const lists = await inBatches(
    store,
    physical,
    probes.map((query) => ({ query, using: 'lexical', limit: 1 })),
  );
  return lists.map(([best]) => best?.score ?? null);
}

async function wordsLevelOf(store: Store, { physical, statistics }: Collection, passages: Sampled[], count: number) {
  const { language } = statistics;
  const own = passages.filter(({ text }) => detectLanguage(text, language) === language);
  const words = own.flatMap(({ text }) => wordOf(text, language) ?? []);
  if (words.length === 0) return null;
  // A word stands in several of the questions and is searched once; how often it is asked only multiplies its score.
  const terms = [...new Set(words.flatMap((word) => termProbes(word, language).map(({ indices }) => indices[0]!)))];
  const questions = chanceQuestions(words);
  const probes = [...terms.map((index) => ({ indices: [index], values: [1] })), ...questions.map((text) => queryVector(text, language))];
  const scores = await bestScores(store, physical, probes);
  const attainable = new Map(terms.map((index, at) => [index, scores[at] ?? null]));
  const signals = questions.map((text, at) => {
    const asked = termProbes(text, language).map(({ indices, values }) => {
      const alone = attainable.get(indices[0]!) ?? null;
      return { attainable: alone === null ? null : alone * values[0]! };
    });
    return evidence(scores[terms.length + at] ?? 0, asked, count);
  });
  return levelOfWords(signals);
}

async function denseLevelOf(store: Store, { physical, statistics }: Collection, passages: Sampled[], embed: Embed) {
  const bySentence = passages.map((passage) =>
    sentencesOf(passage.text, statistics.language).map((sentence) => ({ ...passage, sentence })),
  );
  const asked = inTurn(bySentence, CALIBRATION_SENTENCES);
  if (asked.length === 0) return null;
  const common = commonTitles(passages.map(({ title }) => title));
  const vectors = await embed(asked.map(({ sentence }) => sentence));
  const searches = vectors.map((query, at): Search => {
    const filter = { must_not: [ofDocuments([asked[at]!.documentId])] };
    return { query, using: 'dense', limit: DENSE_DEPTH, filter, with_payload: ['title'] };
  });
  const lists = await inBatches(store, physical, searches);
  const others = lists.flatMap((list, at) => {
    const { title } = asked[at]!;
    const other = list.find(({ payload }) => title === null || common.has(title) || payload?.['title'] !== title);
    return other === undefined ? [] : [other.score];
  });
  return levelOfDense(others);
}

/** Questions' vectors by the model that the collection was made with, in order. */
type Embed = (questions: string[]) => Promise<number[][]>;

/** How many passages a generation has. */
export async function countPassages(store: Store, physical: string): Promise<number> {
  const filter = { must: [ofKind('chunk')] };
  return (await store.read((api, init) => api.countPoints({ collection_name: physical, filter, exact: true }, init))).count;
}

async function extentOf(store: Store, physical: string): Promise<Extent> {
  const first = { filter: { must: [ofKind('chunk')] }, limit: CALIBRATION_SKETCH, with_payload: false, with_vector: false };
  const [passages, { points }] = await Promise.all([
    countPassages(store, physical),
    store.read((api, init) => api.scrollPoints({ collection_name: physical, ...first }, init)),
  ]);
  // Eight of an id's 32 digits tell passages apart well enough, and are kept with the collection.
  return { passages, sample: points.map(({ id }) => String(id).slice(0, 8)) };
}

/**
 * Measures what evidence signals a generation gives to questions that nobody means, and keeps it with the generation.
 *
 * Does nothing when less than a quarter of it has changed since the last time. About 200 small searches in four requests, and one
 * batch of embeddings where the model sees more than words. Nothing is left to chance: the same passages give the same levels.
 * @param by how much more or fewer passages make it worth measuring. Default: a quarter.
 */
export async function calibrate(store: Store, collection: Collection, embed: Embed, by?: number): Promise<void> {
  const { physical, fingerprint } = collection;
  const { passages: count, sample: sketch } = await extentOf(store, physical);
  const { passages: before, sample: sketched = [] } = collection.evidence;
  if (!isOutgrown({ passages: before, sample: sketched }, { passages: count, sample: sketch }, by)) return;
  const neural = seesMoreThanWords(modelProfile(fingerprint.model).denseWeight);
  const passages = neural || count >= CALIBRATED_FROM_PASSAGES ? await sample(store, physical) : [];
  const words = count >= CALIBRATED_FROM_PASSAGES ? await wordsLevelOf(store, collection, passages, count) : null;
  const dense = neural ? await denseLevelOf(store, collection, passages, embed) : null;
  await keepEvidenceLevels(store, physical, { passages: count, words, dense, sample: sketch });
}
