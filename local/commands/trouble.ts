import { RagError, type RagErrorCode } from '../../functions/_kernel/client/client.ts';
import { harmless, oneLine } from '../show.ts';
import { EXIT, UsageError } from './command.ts';

/** What to do about an error; what its message says already is left out. */
function remedyOf(code: RagErrorCode, url: string, program: string): string {
  switch (code) {
    case 'unreachable':
      return `Nobody answers at ${url}. Start the emulator with npm start, or say where the service is: --url or RAG_URL.`;
    case 'redirected':
    case 'unexpected_answer':
    case 'route_not_found':
      return `The address was ${url}; --url or RAG_URL says another.`;
    case 'unauthorized':
      return `Set RAG_API_KEY to a key that the gateway at ${url} knows, in the environment or beside RAG_URL in the .env that says it; npm start writes one into the project's.`;
    case 'forbidden':
    case 'role_missing':
      return 'Use a key with the role for it: reader asks, writer ingests and deletes, admin reindexes and steers breakers.';
    case 'collection_not_found':
      return `${program} collections lists yours; ${program} ingest makes one.`;
    case 'document_not_found':
      return `${program} documents lists the ids.`;
    case 'job_not_found':
      return `${program} jobs lists the ids.`;
    case 'index_mismatch':
      return `${program} collections reindex <name> rebuilds it.`;
    case 'dependency_unavailable':
    case 'deadline_exceeded':
    case 'gateway_error':
      return `${program} status says what is down.`;
    case 'internal':
      return "The service's log has the reason, under the id of the request.";
    case 'stream_cut':
      return 'Ask again.';
    default:
      return '';
  }
}

const NO_SERVICE = new Set<RagErrorCode>(['unreachable', 'redirected', 'unexpected_answer', 'route_not_found']);

/** An error as a person reads it and as a program does, and the exit status for it. */
export function trouble(error: unknown, url: string, program: string): { status: number; text: string; value: unknown } {
  if (!(error instanceof RagError)) {
    const message = error instanceof Error ? error.message : String(error);
    const wrong = error instanceof UsageError;
    // What fails here says in its own sentence what to do.
    const remedy = wrong ? `${program} --help shows every command with an example.` : '';
    const text = wrong ? `${message}\n${remedy}` : message;
    return { status: wrong ? EXIT.usage : EXIT.failed, text, value: { error: { code: wrong ? 'usage' : 'failed', message, remedy } } };
  }
  const { code, status, requestId, retryAfterMs, errors, message } = error;
  const remedy = remedyOf(code, url, program);
  const sentence = harmless(errors.length === 0 ? message : message.split('; ')[0]!);
  const lines = [
    // The address says more than that there is none.
    ...(code === 'unreachable' ? [] : [`${sentence}${retryAfterMs === null ? '' : ` Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`}`]),
    ...errors.map((one) => `  ${one.path === '' ? 'the request' : oneLine(one.path, 80)} ${oneLine(one.message, 200)}`),
    ...(remedy === '' ? [] : [remedy]),
    ...(requestId === null ? [] : [`(request ${requestId})`]),
  ];
  return {
    status: NO_SERVICE.has(code) ? EXIT.unreachable : EXIT.failed,
    text: lines.join('\n'),
    value: { error: { code, status, message, requestId, retryAfterMs, errors, remedy } },
  };
}
