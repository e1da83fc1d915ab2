import { searchMode } from '../../functions/_kernel/http/fields.ts';
import { HITS_DEFAULT, HITS_MAX } from '../../functions/_kernel/limits.ts';
import { oneLine } from '../show.ts';
import { EXIT, oneOf, UsageError, wholeNumber, type Command } from './command.ts';

export const search: Command = {
  name: 'search',
  synopsis: '"<words>"',
  summary: 'finds passages',
  example: 'search "how does a breaker recover?" --limit 3',
  options: {
    limit: { value: 'N', help: `at most so many passages, 1–${HITS_MAX}; default ${HITS_DEFAULT}` },
    mode: { value: 'MODE', known: searchMode.options, help: 'hybrid (default), dense (by meaning alone) or sparse (by words alone)' },
  },
  async run(call) {
    const { words, client, collection, out } = call;
    const query = words.join(' ').trim();
    if (query === '') throw new UsageError('Write what to search for.');
    const limit = wholeNumber(call, 'limit', 1, HITS_MAX);
    const mode = oneOf(call, 'mode', searchMode.options);
    const found = await client.search({ query, collection, limit, mode });
    out.tell(found);
    if (found.hits.length === 0) out.say('Nothing was found.');
    for (const [i, { documentId, span, scores, text }] of found.hits.entries()) {
      const where = out.dim(`characters ${span.start}–${span.end}, score ${scores.fused.toFixed(3)}`);
      out.say(`${out.bold(`${i + 1}. ${oneLine(documentId, 200)}`)} ${where}`, `   ${oneLine(text, 200)}`, '');
    }
    if (found.degraded.length > 0) out.say(out.dim(`degraded: ${found.degraded.join(', ')}`));
    return found.hits.length === 0 ? EXIT.nothing : EXIT.done;
  },
};
