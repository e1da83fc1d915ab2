import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { problemOf, type Problem } from './problem.ts';
import { Trouble } from './parts.tsx';
import { closeDocument, opened, returnFocus, type Opened } from './shared.ts';
import type { Client, Document } from './types.ts';
import { useStore } from './use.tsx';
import { figure } from './words.ts';

/** Characters shown on either side of a passage; a book would take a browser seconds to lay out. */
const AROUND = 100_000;

/** The document behind a citation, beside it: scrolled to the passage, with exactly its span marked. */
export function Source({ client }: { client: Client }) {
  const at = useStore(opened);
  return at === null ? null : <Panel key={`${at.collection}/${at.documentId}/${at.start}`} at={at} client={client} />;
}

/** Where a document covers the page that it is opened from, and is all that there is for whoever tabs on. */
const COVERS = '(max-width: 960px)';

/** Takes everything else out of reach while a document covers it; Escape closes the document from wherever the focus is. */
function useOverlay(): void {
  useEffect(() => {
    const narrow = matchMedia(COVERS);
    const rest = document.querySelectorAll<HTMLElement>('.frame > header, .frame > main');
    const cover = () => rest.forEach((one) => void (one.inert = narrow.matches));
    const keys = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) closeDocument();
    };
    cover();
    narrow.addEventListener('change', cover);
    document.addEventListener('keydown', keys);
    return () => {
      narrow.removeEventListener('change', cover);
      document.removeEventListener('keydown', keys);
      rest.forEach((one) => void (one.inert = false));
      if (opened.get() === null) returnFocus();
    };
  }, []);
}

function Panel({ at, client }: { at: Opened; client: Client }) {
  const [found, setFound] = useState<Document | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const panel = useRef<HTMLElement | null>(null);
  const heading = useRef<HTMLElement | null>(null);
  useOverlay();
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    client.collections.document(at.collection, at.documentId).then(setFound, (error: unknown) => setProblem(problemOf(error)));
  }, []);
  useEffect(() => {
    const box = panel.current?.querySelector('.document');
    const mark = box?.querySelector('mark');
    if (!box || !mark) return;
    // Not scrollIntoView: that would move the answer beside it as well.
    const from = mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTop += from - Math.max(0, (box.clientHeight - mark.getBoundingClientRect().height) / 2);
  }, [found]);
  return (
    <aside ref={panel} class="source" aria-labelledby="source-title">
      <div class="row spread">
        <h2 id="source-title" ref={heading} tabindex={-1}>
          {found?.title ?? at.documentId}
        </h2>
        <button type="button" class="quiet" onClick={closeDocument}>
          Close
        </button>
      </div>
      <p class="hint">
        {at.documentId}
        {at.end > at.start ? `, characters ${figure(at.start)} to ${figure(at.end)}` : ''}
      </p>
      {problem === null ? null : <Trouble problem={problem} />}
      {found === null && problem === null ? <p class="hint">Opening…</p> : null}
      {found === null ? null : <Text text={found.text} at={at} />}
    </aside>
  );
}

function Text({ text, at: { start, end, quote } }: { text: string; at: Opened }) {
  const from = Math.max(0, start - AROUND);
  const to = Math.min(text.length, end + AROUND);
  const passage = text.slice(start, end);
  return (
    <>
      {quote !== null && quote !== passage ? (
        <p class="alert">The document has changed since it was cited; the passage may be another one now.</p>
      ) : null}
      <div class="document" tabindex={0} role="region" aria-label="Text of the document">
        {from > 0 ? <p class="hint">{figure(from)} characters before this are not shown.</p> : null}
        <pre>
          {text.slice(from, start)}
          {passage === '' ? null : <mark>{passage}</mark>}
          {text.slice(end, to)}
        </pre>
        {to < text.length ? <p class="hint">{figure(text.length - to)} characters after this are not shown.</p> : null}
      </div>
    </>
  );
}
