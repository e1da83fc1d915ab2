import { Progress, Trouble } from '../parts.tsx';
import { useStore } from '../use.tsx';
import { DEPENDENCY } from '../words.ts';
import { Failures } from './failures.tsx';
import { hasEnded, tasks, type Task } from './tasks.ts';

const STATE: Readonly<Record<Task['state'], string>> = {
  waiting: 'To be sent',
  sending: 'Sending',
  queued: 'Waiting its turn',
  running: 'Working',
  succeeded: 'Done',
  partial: 'Done, but not all',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** What was begun here, newest first, with its progress and what failed. */
export function TaskList() {
  const all = useStore(tasks);
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="tasks-title">
      <div class="row spread">
        <h2 id="tasks-title">Work</h2>
        {all.some(hasEnded) ? (
          <button type="button" class="quiet" onClick={() => tasks.set((some) => some.filter((one) => !hasEnded(one)))}>
            Clear what is done
          </button>
        ) : null}
      </div>
      <ul class="tasks">
        {all.map((task) => (
          <TaskView key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function TaskView({ task }: { task: Task }) {
  const { job, state } = task;
  const documents = job?.documents;
  return (
    <li class={`task ${state}`}>
      <div class="row spread">
        <p>
          <strong>{task.title}</strong> <span class="hint">in {task.collection}</span>
        </p>
        <span class="state" role="status">
          {STATE[state]}
          {documents !== undefined && documents.unchanged > 0 ? `, ${documents.unchanged} unchanged` : ''}
        </span>
      </div>
      {documents === undefined ? null : (
        <div class="bars">
          <Progress label="Documents" done={documents.done + documents.unchanged + documents.failed} total={documents.total} />
          <Progress label="Chunks" done={job!.chunks.done} total={job!.chunks.total} />
        </div>
      )}
      {job?.waitingFor === undefined || hasEnded(task) ? null : (
        <p class="notice">Waiting for {DEPENDENCY[job.waitingFor] ?? job.waitingFor}; it goes on by itself.</p>
      )}
      {task.problem === null ? null : <Trouble problem={task.problem} />}
      {task.failures.length > 0 ? <Failures failures={task.failures} /> : null}
      {task.documents.length > 1 ? <Documents task={task} /> : null}
    </li>
  );
}

/** Names that are listed of one piece of work: two hundred are one request. */
const LISTED_MAX = 200;

/** Each document of a piece of work, as far as the service tells: which failed at once, which are done when all are. */
function Documents({ task }: { task: Task }) {
  const failed = new Set(task.failures.map(({ documentId }) => documentId));
  const done = task.state === 'succeeded' || task.state === 'partial' ? 'done' : STATE[task.state].toLowerCase();
  return (
    <details>
      <summary>Its documents</summary>
      <ul class="names">
        {task.documents.slice(0, LISTED_MAX).map((one) => (
          <li key={one} class="row spread">
            <span>{one}</span>
            <span class="hint">{failed.has(one) ? 'failed' : done}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
