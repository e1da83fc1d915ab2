import type { Job } from '../../functions/_kernel/client/client.ts';
import { oneLine } from '../show.ts';
import { EXIT, UsageError, type Call, type Command } from './command.ts';
import { columns } from './out.ts';

const done = ({ documents: { total, done: made, unchanged, failed } }: Job): string => `${made + unchanged + failed}/${total} documents`;

function say({ out }: Call, job: Job): number {
  out.tell(job);
  out.say(
    ...columns([[job.jobId, job.collection, job.state, done(job), `${job.chunks.done} chunks`]]),
    ...(job.waitingFor === undefined ? [] : [`  waits for ${job.waitingFor}`]),
    ...job.failures.map(({ documentId, detail }) => `  ${oneLine(documentId, 80)}: ${detail}`),
  );
  return job.state === 'failed' || job.state === 'partial' ? EXIT.failed : EXIT.done;
}

/** Follows a job to its end, says how it ended, and gives the exit status for that. */
export async function followed(call: Call, begun: Job): Promise<number> {
  const onProgress = (job: Job) => call.out.terminal && call.out.write(`\r\u001b[K${job.state} ${done(job)}`);
  const job = await call.client.jobs.follow(begun, { onProgress });
  if (call.out.terminal) call.out.write('\r\u001b[K');
  return say(call, job);
}

export const jobs: Command = {
  name: 'jobs',
  synopsis: '[list | show <id> | cancel <id>]',
  summary: 'lists ingestions and reindexings, shows one, cancels one',
  example: 'jobs show 0199a7c2-5b1e-7a54-9c3b-0d6c1f0a2b11',
  verbs: ['list', 'show', 'cancel'],
  async run(call) {
    const { client, out } = call;
    const [verb = 'list', id, ...more] = call.words;
    if (verb === 'list' && id === undefined) {
      const { jobs: found } = await client.jobs.list();
      for (const one of found) out.tell(one);
      const rows = found.map((one) => [one.jobId, one.collection, one.state, done(one), one.createdAt.slice(0, 19).replace('T', ' ')]);
      out.say(...(rows.length === 0 ? ['There are no jobs.'] : columns(rows)));
      return found.length === 0 ? EXIT.nothing : EXIT.done;
    }
    if (id === undefined || more.length > 0 || (verb !== 'show' && verb !== 'cancel'))
      throw new UsageError('Say jobs, jobs show <id> or jobs cancel <id>; jobs lists the ids.');
    if (verb === 'show') return say(call, await client.jobs.get(id));
    say(call, await client.jobs.cancel(id));
    return EXIT.done;
  },
};
