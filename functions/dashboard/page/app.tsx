import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { RagError } from '../../_kernel/client/client.ts';
import { Ask } from './ask/ask.tsx';
import { Documents } from './documents/documents.tsx';
import { Away, Beacon } from './health/beacon.tsx';
import { Health } from './health/health.tsx';
import { isLeaving, resume, tasks } from './documents/tasks.ts';
import { Search } from './search/search.tsx';
import { keepFocus } from './focus.ts';
import { problemOf } from './problem.ts';
import { Renewal } from './renewal.tsx';
import type { Credential } from './credential.ts';
import { keptCredential, session, signIn, signOut, type Session } from './session.ts';
import { closeDocument, opened, refreshCollections } from './shared.ts';
import { SignIn } from './sign-in.tsx';
import { Source } from './source.tsx';
import { ThemeSwitch } from './theme.tsx';
import { useStore } from './use.tsx';

const VIEWS = { ask: 'Ask', search: 'Search', documents: 'Documents', health: 'Health' } as const;
type View = keyof typeof VIEWS;

function viewInAddress(): View {
  const name = location.hash.replace(/^#\/?/, '');
  return name in VIEWS ? (name as View) : 'ask';
}

function useView(): View {
  const [view, setView] = useState(viewInAddress());
  useEffect(() => {
    const changed = () => setView(viewInAddress());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return view;
}

/** Everything, once somebody has signed in. */
export function App({ gateway }: { gateway: () => Promise<string> }) {
  const current = useStore(session);
  const [returning, setReturning] = useState(keptCredential() === null ? null : 'Signing in…');
  const waiting = useRef(new AbortController());
  useEffect(() => {
    const kept = keptCredential();
    if (kept !== null) void comeBack(gateway, kept, setReturning, waiting.current.signal);
  }, []);
  useEffect(() => keepFocus(document.querySelector('#page')!), []);
  if (current !== null) return <Signed session={current} gateway={gateway} />;
  const giveUp = () => {
    waiting.current.abort();
    signOut(null);
    setReturning(null);
  };
  return returning === null ? (
    <SignIn gateway={gateway} />
  ) : (
    <main class="returning">
      <h1 tabindex={-1}>RAG service</h1>
      <p role="status">{returning}</p>
      <button type="button" onClick={giveUp}>
        Sign out
      </button>
    </main>
  );
}

const TRIED_AGAIN_MS = 3_000;

/** Signs in with what the tab kept. Only a refusal ends it: while there is no gateway, it is waited for. */
async function comeBack(
  gateway: () => Promise<string>,
  kept: Credential,
  say: (text: string | null) => void,
  given: AbortSignal,
): Promise<void> {
  while (!given.aborted) {
    try {
      await signIn(await gateway(), kept, given);
      return say(null);
    } catch (error) {
      if (given.aborted) return;
      if (error instanceof RagError && (error.code === 'unauthorized' || error.code === 'forbidden')) {
        signOut(problemOf(error).text);
        return say(null);
      }
      say(`${problemOf(error).text} Trying again…`);
      await new Promise((resolve) => setTimeout(resolve, TRIED_AGAIN_MS));
    }
  }
}

function Signed({ session: { client, roles, credential }, gateway }: { session: Session; gateway: () => Promise<string> }) {
  const view = useView();
  const isOpen = useStore(opened) !== null;
  const main = useRef<HTMLElement | null>(null);
  const [isFirst, setFirst] = useState(true);
  useEffect(() => {
    refreshCollections().catch(() => {}); // each view says what it cannot have
    resume(client).catch(() => {}); // nothing goes on, or nothing can be known of it
    // A file that misses its place would be opened in place of this page, and what is being sent would be lost.
    const caught = (event: Event) => event.preventDefault();
    const leaving = (event: Event) => (tasks.get().some(isLeaving) ? event.preventDefault() : undefined);
    addEventListener('dragover', caught);
    addEventListener('drop', caught);
    addEventListener('beforeunload', leaving);
    return () => {
      removeEventListener('dragover', caught);
      removeEventListener('drop', caught);
      removeEventListener('beforeunload', leaving);
    };
  }, [client]);
  useEffect(() => {
    document.title = `${VIEWS[view]} · RAG service`;
    closeDocument();
    // Whoever goes to another view with the keyboard or by ear begins at its head.
    if (!isFirst) {
      scrollTo(0, 0);
      main.current?.querySelector('h1')?.focus({ preventScroll: true });
    }
    setFirst(false);
  }, [view]);
  return (
    <div class={isOpen ? 'frame beside' : 'frame'}>
      <header>
        <button type="button" class="skip" onClick={() => main.current?.focus()}>
          Skip to content
        </button>
        <p class="name">RAG service</p>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([key, label]) => (
            <a key={key} href={`#/${key}`} aria-current={view === key ? 'page' : null}>
              {label}
            </a>
          ))}
        </nav>
        <div class="row">
          <Beacon client={client} />
          <ThemeSwitch />
          <button type="button" class="quiet" onClick={() => signOut(null)}>
            Sign out
          </button>
        </div>
        <Away />
        <Renewal credential={credential} gateway={gateway} />
      </header>
      <main ref={main} tabindex={-1}>
        {view === 'ask' ? <Ask client={client} roles={roles} /> : null}
        {view === 'search' ? <Search client={client} /> : null}
        {view === 'documents' ? <Documents client={client} roles={roles} /> : null}
        {view === 'health' ? <Health client={client} roles={roles} /> : null}
      </main>
      <Source client={client} />
    </div>
  );
}
