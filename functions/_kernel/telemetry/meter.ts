import { COUNTERS, HISTOGRAMS, type CounterLabels, type CounterName, type HistogramLabels, type HistogramName } from './catalog.ts';

/**
 * Sums by field: `[name, part, …label values]` as JSON. On Node since the process began, at the edge since they were last told to the
 * others (`registry.*.ts`). Plain data, so an isolate may keep it.
 */
let sums = new Map<string, number>();
/** Whatever the labels become, they must not fill the memory; the catalog yields a few thousand fields at most. */
const FIELDS_MAX = 10_000;

/** The parts of a histogram: a bucket by its index (the last one is `+Inf`), and the sum in whole microseconds. */
export type Part = 'count' | 'sum' | number;

function add(name: string, part: Part, values: readonly string[], by: number): void {
  const field = JSON.stringify([name, part, ...values]);
  if (sums.size < FIELDS_MAX || sums.has(field)) sums.set(field, (sums.get(field) ?? 0) + by);
}

const inOrder = (names: readonly string[], labels: Readonly<Record<string, string>>): string[] => names.map((name) => labels[name] ?? '');

/** Adds to a counter. @param by a whole number, default 1. */
export function count<Name extends CounterName>(name: Name, labels: CounterLabels<Name>, by = 1): void {
  if (by > 0) add(name, 'count', inOrder(COUNTERS[name].labels, labels), Math.round(by));
}

/** Adds one observation to a histogram. @param seconds at least 0. */
export function observe<Name extends HistogramName>(name: Name, labels: HistogramLabels<Name>, seconds: number): void {
  const { buckets, labels: names } = HISTOGRAMS[name];
  const values = inOrder(names, labels);
  const at = buckets.findIndex((bound) => seconds <= bound);
  add(name, at < 0 ? buckets.length : at, values, 1);
  add(name, 'sum', values, Math.max(0, Math.round(seconds * 1e6)));
}

/** Requests of this isolate whose samples are not all there yet. A Worker may be cancelled, so a request may never be counted out. */
let underWay = 0;
let toldAt = 0;
/** Under load what was measured is told this often, and not after each request. */
const TELL_EVERY_MS = 1_000;

/** A request begins. */
export function beginRequest(): void {
  underWay += 1;
}

/** A request has ended, with all that it left to do. */
export function endRequest(): void {
  underWay = Math.max(0, underWay - 1);
}

/** Whether it is time to tell the others: no other request will do so in a moment, or nobody did for a second. */
export function isDue(now: number): boolean {
  if (underWay > 1 && now - toldAt < TELL_EVERY_MS) return false;
  toldAt = now;
  return true;
}

/** What was measured here and not taken. */
export function measuredHere(): ReadonlyMap<string, number> {
  return sums;
}

/** Takes what was measured, and begins anew; whoever takes it must tell it to the others. */
export function takeMeasured(): ReadonlyMap<string, number> {
  const taken = sums;
  sums = new Map();
  return taken;
}
