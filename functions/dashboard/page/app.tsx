import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { Ask } from './ask/ask.tsx';
import { Documents } from './documents/documents.tsx';
import { Beacon } from './health/beacon.tsx';
import { Health } from './health/health.tsx';
import { Search } from './search/search.tsx';
import { keptCredential, session, signIn, signOut, type Session } from './session.ts';
import { closeDocument, opened, refreshCollections } from './shared.ts';
import { SignIn } from './sign-in.tsx';
import { Source } from './source.tsx';
import { ThemeSwitch } from './theme.tsx';
import { useStore } from './use.tsx';
import { sayError } from './words.ts';

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
  const [isReturning, setReturning] = useState(keptCredential() !== null);
  useEffect(() => {
    const kept = keptCredential();
    if (kept === null) return;
    gateway()
      .then((url) => signIn(url, kept))
      .catch((error: unknown) => signOut(sayError(error)))
      .finally(() => setReturning(false));
  }, []);
  if (current !== null) return <Signed session={current} />;
  return isReturning ? <p class="waiting">Signing in…</p> : <SignIn gateway={gateway} />;
}

function Signed({ session: { client, roles } }: { session: Session }) {
  const view = useView();
  const isOpen = useStore(opened) !== null;
  const main = useRef<HTMLElement | null>(null);
  const [isFirst, setFirst] = useState(true);
  useEffect(() => {
    refreshCollections().catch(() => {}); // each view says what it cannot have
  }, []);
  useEffect(() => {
    document.title = `${VIEWS[view]} · RAG service`;
    closeDocument();
    // Whoever goes to another view with the keyboard or by ear begins at its head.
    if (!isFirst) main.current?.querySelector('h1')?.focus();
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
      </header>
      <main ref={main} tabindex={-1}>
        {view === 'ask' ? <Ask client={client} /> : null}
        {view === 'search' ? <Search client={client} /> : null}
        {view === 'documents' ? <Documents client={client} roles={roles} /> : null}
        {view === 'health' ? <Health client={client} roles={roles} /> : null}
      </main>
      <Source client={client} />
    </div>
  );
}
