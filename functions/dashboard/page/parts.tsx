import { useEffect, useId, useRef, useState } from 'hono/jsx/dom';
import type { Problem } from './problem.ts';
import { begun, chosen, collections } from './shared.ts';
import { useStore, valueOf } from './use.tsx';
import { figure } from './words.ts';

/** What went wrong, where one can see more of it, and what finds it in the log. */
export function Trouble({ problem: { text, view, requestId } }: { problem: Problem }) {
  return (
    <div class="alert">
      <p>
        {text}
        {view === 'health' ? <a href="#/health"> See Health</a> : null}
        {view === 'documents' ? <a href="#/documents"> See Documents</a> : null}
      </p>
      {requestId === null ? null : (
        <details>
          <summary>Details</summary>
          <p class="hint">Request {requestId}</p>
        </details>
      )}
    </div>
  );
}

/** A problem that a screen reader says at once; with a way to try again where there is one. */
export function Alert({ problem, again }: { problem: Problem | null; again?: () => void }) {
  return (
    <div role="alert" class="alert-place">
      {problem === null ? null : <Trouble problem={problem} />}
      {problem === null || again === undefined ? null : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Copies a text and says so on its own face. */
export function CopyButton({ text, label = 'Copy' }: { text: () => string; label?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () => {
    navigator.clipboard.writeText(text()).then(
      () => setSaid('Copied'),
      () => setSaid('The browser does not allow it'),
    );
    setTimeout(() => setSaid(null), 2_000);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}

/** Chooses the collection that all views speak of. */
export function CollectionField() {
  const known = useStore(collections);
  const name = useStore(chosen);
  const id = useId();
  const names = [...(known?.map((one) => one.name) ?? []), ...useStore(begun)];
  return (
    <div class="field inline">
      <label for={id}>Collection</label>
      <select id={id} value={name} onChange={(event: Event) => chosen.set(valueOf(event))}>
        {(names.includes(name) ? names : [name, ...names]).map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A dialog that everything else waits for; what had the focus before has it again afterwards. */
export function useModal(): { current: HTMLDialogElement | null } {
  const dialog = useRef<HTMLDialogElement | null>(null);
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close(); // while it is open, nothing else can have the focus
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return dialog;
}

type ConfirmProps = { question: string; detail: string; verb: string; refusal: string; onYes: () => void; onNo: () => void };
/** Asks before something is lost. The dialog keeps the focus, and gives it back. */
export function Confirm(props: ConfirmProps) {
  const dialog = useModal();
  const id = useId();
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={props.onNo}>
      <h2 id={id}>{props.question}</h2>
      <p>{props.detail}</p>
      <div class="row end">
        <button type="button" autofocus onClick={props.onNo}>
          {props.refusal}
        </button>
        <button type="button" class="danger" onClick={props.onYes}>
          {props.verb}
        </button>
      </div>
    </dialog>
  );
}

/** How much of something is done. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  return (
    <div class="progress">
      <span>{label}</span>
      <svg
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
      >
        <rect class="track" width="100" height="4" />
        <rect class="fill" width={share * 100} height="4" />
      </svg>
      <span class="figures">
        {figure(done)} / {figure(total)}
      </span>
    </div>
  );
}
