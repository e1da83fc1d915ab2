import { parseArgs } from 'node:util';
import { searchMode } from '../../functions/_kernel/http/fields.ts';

const USAGE = `npm run eval -- <folder in BEIR form> [--mode hybrid|sparse|dense] [--queries N] [--json] [--answers] [--refusal] [--as-ingested]`;

/**
 * What was asked of the evaluation; by default all questions in mode hybrid, printed for people.
 *
 * @throws Error that says which argument is wrong, or how the command is used.
 */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      mode: { type: 'string', default: 'hybrid' },
      queries: { type: 'string' },
      json: { type: 'boolean', default: false },
      answers: { type: 'boolean', default: false },
      refusal: { type: 'boolean', default: false },
      'as-ingested': { type: 'boolean', default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) throw new Error(USAGE);
  const mode = searchMode.safeParse(values.mode);
  if (!mode.success) throw new Error(`--mode ${values.mode}: must be hybrid, sparse or dense`);
  const most = values.queries === undefined ? Infinity : Number(values.queries);
  if (!(most >= 1)) throw new Error(`--queries ${values.queries}: must be a whole number of at least 1`);
  return { ...values, folder, mode: mode.data, most };
}
