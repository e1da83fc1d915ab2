import { RagError } from '../../functions/_kernel/client/client.ts';
import { findFiles, listFiles, type Found } from '../files.ts';
import { ingestFiles } from '../ingest.ts';
import { harmless, ingestedLines } from '../show.ts';
import { bursts, keepInStep, watchPaths } from '../watch.ts';
import { EXIT, UsageError, type Command } from './command.ts';

/** How long a watch waits after a failure: a gateway that restarts is back by then. */
const RETRY_MS = 5_000;

export const ingest: Command = {
  name: 'ingest',
  synopsis: '<folder|file…>',
  summary: 'puts files into a collection',
  example: 'ingest ./docs --watch',
  options: {
    watch: { help: 'stay, and keep the collection in step with the files; what is deleted here is deleted there' },
  },
  notes: 'Left out is what is hidden, binary, in node_modules or ignored by git. What is unchanged costs nothing.',
  async run({ words, flags, client, collection, out, at }) {
    if (words.length === 0) throw new UsageError('Name a folder or a file to ingest.');
    const watch = flags.has('watch');
    const ended = new AbortController();
    const turns = bursts(ended.signal);
    const files = watch ? listFiles(words) : findFiles(words);
    // Watching begins before the first reading, so that no change falls between the two.
    if (watch) watchPaths(words, ended.signal, turns.touch);
    const put = async (changed: readonly Found[]): Promise<boolean> => {
      const result = await ingestFiles(client, collection, changed, out.terminal ? out.stream : null);
      out.tell(result);
      out.say(...ingestedLines(result));
      return result.failures.length === 0;
    };
    const whole = await put(files);
    if (!watch) return whole ? EXIT.done : EXIT.failed;
    at.signal.addEventListener('abort', () => ended.abort());
    out.remark(out.dim(`Watching ${words.join(', ')}; Ctrl-C ends it.`));
    await keepInStep(turns, {
      start: files,
      list: () => listFiles(words),
      put: async (changed) => void (await put(changed)),
      async remove(name) {
        await client.collections.deleteDocument(collection, name).catch((error: unknown) => {
          if (!(error instanceof RagError && error.status === 404)) throw error;
        });
        out.tell({ deleted: name });
        out.say(`  deleted    ${harmless(name)}`);
      },
      onError(error) {
        out.remark(`${error instanceof Error ? error.message : String(error)} Trying again in ${RETRY_MS / 1_000} s.`);
        setTimeout(turns.touch, RETRY_MS);
      },
    });
    return EXIT.done;
  },
};
