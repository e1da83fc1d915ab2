import { TRACESTATE_MAX_CHARS } from '../limits.ts';

/** What a request says of the trace that it belongs to: the two headers of W3C Trace Context, null where it has none. */
export type TraceContext = { traceparent: string | null; tracestate: string | null };

/** A value of a span's attribute, of OpenTelemetry's semantic conventions; never a question, a document's text or a tenant. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work with a beginning and an end, in epoch milliseconds. */
export type FinishedSpan = {
  traceId: string;
  spanId: string;
  parentId: string | null;
  /** What other systems keep with the trace, as it came; null without. */
  state: string | null;
  name: string;
  kind: 'server' | 'client';
  startedAt: number;
  endedAt: number;
  attributes: Attributes;
  failed: boolean;
};

/** A call that is under way. `headers` carries the trace to whoever is called. */
export type OpenSpan = { headers: Record<string, string>; end(result: { failed: boolean; attributes?: Attributes }): void };

/** The trace of one request. */
export type Trace = {
  /** Begins a call to a dependency. */
  begin(name: string, attributes: Attributes): OpenSpan;
  /** The spans so far, with that of the request itself, and forgets them; empty when nobody collects them. */
  finish(request: { name: string; startedAt: number; failed: boolean; attributes: Attributes }): FinishedSpan[];
};

type Parent = { traceId: string; spanId: string; sampled: boolean; state: string | null };

// W3C Trace Context, section 3.2: version, trace id, parent id, flags; ids of zeros only are invalid, and so is version ff.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

function parentOf({ traceparent, tracestate }: TraceContext): Parent | null {
  const found = TRACEPARENT.exec(traceparent ?? '');
  if (found === null) return null;
  const state = tracestate === null || tracestate === '' || tracestate.length > TRACESTATE_MAX_CHARS ? null : tracestate;
  return { traceId: found[1]!, spanId: found[2]!, sampled: (Number.parseInt(found[3]!, 16) & 1) === 1, state };
}

/** The headers that carry a trace on. A state without its trace means nothing, and is not handed on (section 3.3). */
const carrying = (traceparent: string, state: string | null): Record<string, string> => ({
  traceparent,
  ...(state !== null && { tracestate: state }),
});

/**
 * Hands a client's trace on as it came and collects nothing: for a service that exports no spans.
 *
 * @param context what the request said; a `traceparent` that is null or malformed hands nothing on.
 */
export function handOn(context: TraceContext): Trace {
  const parent = parentOf(context);
  const headers = parent === null ? {} : carrying(context.traceparent!, parent.state);
  return { begin: () => ({ headers, end() {} }), finish: () => [] };
}

/** The trace of work that belongs to none. */
export const UNTRACED: Pick<Trace, 'begin'> = handOn({ traceparent: null, tracestate: null });

/**
 * Continues a client's trace, or begins one, with a span for the request and one for each call to a dependency.
 *
 * A client that said "not sampled" is believed: its trace goes on, and nothing is collected. Source: W3C Trace Context level 1.
 * @param random gives that many bytes in lower-case hexadecimal. @param now epoch milliseconds.
 */
export function openTrace(context: TraceContext, random: (bytes: number) => string, now: () => number): Trace {
  const parent = parentOf(context);
  const traceId = parent?.traceId ?? random(16);
  const sampled = parent?.sampled ?? true;
  const own = random(8);
  const state = parent?.state ?? null;
  let spans: FinishedSpan[] = [];
  return {
    begin(name, attributes) {
      const spanId = random(8);
      const startedAt = now();
      return {
        headers: carrying(`00-${traceId}-${spanId}-${sampled ? '01' : '00'}`, state),
        end({ failed, attributes: more }) {
          const finished = { traceId, spanId, parentId: own, state, name, kind: 'client' as const, startedAt, endedAt: now(), failed };
          if (sampled) spans.push({ ...finished, attributes: { ...attributes, ...more } });
        },
      };
    },
    finish({ name, startedAt, failed, attributes }) {
      const calls = spans;
      spans = [];
      if (!sampled) return [];
      const request = { traceId, spanId: own, parentId: parent?.spanId ?? null, state, name, kind: 'server' as const, startedAt };
      return [{ ...request, endedAt: now(), attributes, failed }, ...calls];
    },
  };
}
