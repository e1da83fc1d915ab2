import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { RagError } from '../../_kernel/client/client.ts';
import { Ask } from './ask/ask.tsx';
import { Documents } from './documents/documents.tsx';
import { Beacon } from './health/beacon.tsx';
import { Health } from './health/health.tsx';
import { Search } from './search/search.tsx';
import { keptCredential, session, signIn, signOut, type Credential, type Session } from './session.ts';
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
  const [returning, setReturning] = useState(keptCredential() === null ? null : 'Signing in…');
  useEffect(() => {
    const kept = keptCredential();
    if (kept !== null) void comeBack(gateway, kept, setReturning);
  }, []);
  if (current !== null) return <Signed session={current} />;
  return returning === null ? (
    <SignIn gateway={gateway} />
  ) : (
    <main class="waiting" aria-live="polite">
      {returning}
    </main>
  );
}

const TRIED_AGAIN_MS = 3_000;

/** Signs in with what the tab kept. Only a refusal ends it: while there is no gateway, it is waited for. */
async function comeBack(gateway: () => Promise<string>, kept: Credential, say: (text: string | null) => void): Promise<void> {
  for (;;) {
    try {
      await signIn(await gateway(), kept);
      return say(null);
    } catch (error) {
      if (error instanceof RagError && (error.code === 'unauthorized' || error.code === 'forbidden')) {
        signOut(sayError(error));
        return say(null);
      }
      say(`${sayError(error)} Trying again…`);
      await new Promise((resolve) => setTimeout(resolve, TRIED_AGAIN_MS));
    }
  }
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
