import { RagError } from '../client/error.ts';
import { Failure, UpstreamFault } from '../failure.ts';

/** One line of the log: flat, JSON, never a document's text, a question, a secret or an upstream's words. */
export type LogLine = Record<string, string | number | boolean | string[] | undefined>;

/** Writes one JSON line to standard output, which both workerd and Node collect. */
export function log(line: LogLine): void {
  // oxlint-disable-next-line no-console -- the one place that writes the log
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));
}

/**
 * Tells the log what happened without repeating what was said: messages of foreign errors may quote a document
 * (`JSON.parse` does), so only names, closed codes and stack frames are kept.
 */
export function describe(error: unknown): LogLine {
  if (error instanceof UpstreamFault) {
    const detail =
      'status' in error.fault
        ? `status ${error.fault.status}`
        : 'phase' in error.fault
          ? `${error.fault.kind} ${error.fault.phase}`
          : error.fault.kind;
    return { dependency: error.dependency, fault: detail };
  }
  if (error instanceof Failure) {
    const dependency = 'dependency' in error.reason ? { dependency: error.reason.dependency } : {};
    return { reason: error.reason.code, ...dependency, ...(error.cause === undefined ? {} : describe(error.cause)) };
  }
  if (error instanceof RagError) return { reason: error.code, ...(error.dependency !== null && { dependency: error.dependency }) };
  if (error instanceof Error) {
    const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
    return { error: error.name, stack: frames.slice(0, 8).map((frame) => frame.trim()) };
  }
  return { error: typeof error };
}
