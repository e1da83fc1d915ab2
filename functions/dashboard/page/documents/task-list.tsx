import { Progress } from '../parts.tsx';
import { useStore } from '../use.tsx';
import { DEPENDENCY, REMEDY } from '../words.ts';
import { hasEnded, tasks, type Task } from './tasks.ts';

const STATE: Readonly<Record<Task['state'], string>> = {
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
        <strong>{task.title}</strong>
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
      {task.problem === null ? null : <p class="alert">{task.problem}</p>}
      {task.failures.length > 0 ? (
        <ul class="failures">
          {task.failures.map(({ documentId, code, detail }) => (
            <li key={documentId}>
              <strong>{documentId}</strong> {detail} <span class="hint">{REMEDY[code] ?? ''}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  );
}
