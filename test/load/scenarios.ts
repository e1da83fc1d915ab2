// What users do and what must hold, shared by the k6 script and the driver for Node. No imports: k6 is not Node.

export type Stage = { seconds: number; users: number };
/** What an answer was: only `success` is one; the rest is counted apart, so that no limit and no outage passes for an answer. */
export type Outcome = 'success' | 'degraded' | 'limited' | 'unavailable' | 'error';
/** Shares of all requests (0–1), and milliseconds of the successes. */
export type Thresholds = { error: number; limited: number; unavailable: number; degraded: number; searchP99Ms: number };
/** A dependency that dies under load and comes back; seconds from the start. */
export type Outage = { service: 'ollama' | 'qdrant' | 'redis'; from: number; seconds: number; recoverySeconds: number };
export type Scenario = {
  what: string;
  stages: readonly Stage[];
  outage: Outage | null;
  /** What holds for the whole run; with an outage, before it and once the time to recover is over. */
  thresholds: Thresholds;
  /** With an outage, what holds from its beginning until all is whole again. */
  meanwhile: Thresholds | null;
  /** Whether the searches of the last quarter are held against those of the first. */
  steady: boolean;
};

const SOUND: Thresholds = { error: 0, limited: 0, unavailable: 0, degraded: 0, searchP99Ms: 500 };
/** Around an outage a third of the time is all there is: its first and last second weigh more. */
const AROUND: Thresholds = { ...SOUND, searchP99Ms: 1_000 };
/** An open breaker may have been tried in the last instant of the outage: 30 s until the next probe, and some to tell all instances. */
const RECOVERY_SECONDS = 35;
const plain = { outage: null, meanwhile: null, steady: false };
const inTheMiddle = (service: Outage['service'], seconds: number): Outage => ({
  service,
  from: Math.round(seconds / 3),
  seconds: Math.round(seconds / 3),
  recoverySeconds: RECOVERY_SECONDS,
});

/** The scenarios, for a number of users and seconds; without them, their own. */
export const SCENARIOS: Readonly<Record<string, (users?: number, seconds?: number) => Scenario>> = {
  smoke: (users = 2, seconds = 20) => ({ ...plain, what: 'Does it work at all?', stages: [{ seconds, users }], thresholds: SOUND }),
  load: (users = 50, seconds = 300) => ({ ...plain, what: 'An ordinary day.', stages: [{ seconds, users }], thresholds: SOUND }),
  spike: (users = 200, seconds = 90) => ({
    ...plain,
    what: 'Many come at once, and go again.',
    stages: [
      { seconds: seconds / 3, users: Math.ceil(users / 10) },
      { seconds: seconds / 3, users },
      { seconds: seconds / 3, users: Math.ceil(users / 10) },
    ],
    // More than there is room for may be turned away (503 with Retry-After), never lost in an error.
    thresholds: { ...SOUND, unavailable: 0.2, searchP99Ms: 5_000 },
  }),
  soak: (users = 20, seconds = 3_600) => ({
    ...plain,
    what: 'Does it grow slower with time?',
    stages: [{ seconds, users }],
    thresholds: SOUND,
    steady: true,
  }),
  outage: (users = 50, seconds = 150) => ({
    ...plain,
    what: 'The models die in the middle, for a third of the time.',
    stages: [{ seconds, users }],
    outage: inTheMiddle('ollama', seconds),
    thresholds: AROUND,
    // Answers go on by words alone.
    meanwhile: { ...AROUND, degraded: 1 },
  }),
  blackout: (users = 50, seconds = 150) => ({
    ...plain,
    what: 'Qdrant dies in the middle, for a third of the time.',
    stages: [{ seconds, users }],
    outage: inTheMiddle('qdrant', seconds),
    thresholds: AROUND,
    meanwhile: { ...AROUND, unavailable: 1 },
  }),
};

/** By how much the median of the last quarter's searches may lie above that of the first: a half, and what a clock cannot tell apart. */
export const slowerThan = (firstMedianMs: number): number => firstMedianMs * 1.5 + 10;
/** The end of a run, in seconds. */
export const endOf = ({ stages }: Pick<Scenario, 'stages'>): number => stages.reduce((sum, { seconds }) => sum + seconds, 0);

const SUBJECTS = ['breaker', 'parrot', 'gateway', 'vector', 'orchard', 'harbour', 'violin', 'glacier', 'lantern', 'compass'];

/** Where it is kept: whoever lends a key for a load run has his own collections left alone. */
export const COLLECTION = 'load';

/** What is there to be asked about: a document for each subject. */
export const LIBRARY = SUBJECTS.map((subject, i) => ({
  id: `${subject}.txt`,
  title: `The ${subject}`,
  text: Array.from(
    { length: 12 },
    (_, j) =>
      `The ${subject} of room ${i} was measured ${j + 2} times in spring. Its keeper wrote ${(i + 3) * (j + 5)} pages about the ${subject}.`,
  ).join('\n\n'),
}));

/** One request of a user: three searches to each question and one look at the collection in ten. */
export function requestOf(
  user: number,
  turn: number,
): { name: 'search' | 'query' | 'collections'; method: 'GET' | 'POST'; path: string; body: object | null } {
  const subject = SUBJECTS[(user * 7 + turn * 3) % SUBJECTS.length] ?? 'breaker';
  if (turn % 10 === 9) return { name: 'collections', method: 'GET', path: `/collections/${COLLECTION}`, body: null };
  const text = `How many pages did the keeper write about the ${subject}?`;
  if (turn % 4 === 3) return { name: 'query', method: 'POST', path: '/query', body: { question: text, collection: COLLECTION } };
  return { name: 'search', method: 'POST', path: '/search', body: { query: `${text} ${turn % 5}`, collection: COLLECTION } };
}

/** Seconds that a person takes between two requests. @param chance from 0 to 1. */
export const thinkSeconds = (chance: number): number => 0.75 + chance * 1.5;

/** What an answer says that it had to do without. */
export const lackOf = (body: string): string => /"degraded":\[([^\]]*)\]/.exec(body)?.[1]?.replaceAll('"', '') ?? '';

/** Tells what an answer was; `null` stands for none at all. */
export function outcomeOf(status: number | null, body: string): Outcome {
  if (status === 429) return 'limited';
  if (status === 503) return 'unavailable';
  if (status !== 200) return 'error';
  return lackOf(body) === '' ? 'success' : 'degraded';
}
