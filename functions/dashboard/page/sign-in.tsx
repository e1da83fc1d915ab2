import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { Credential } from './credential.ts';
import { Alert } from './parts.tsx';
import { isUnreachable, plainly, problemOf, type Problem } from './problem.ts';
import { farewell, signIn } from './session.ts';
import { useStore, valueOf } from './use.tsx';

/** The first view: shows the gateway a key or a token, and says plainly when it is not taken. */
export function SignIn({ gateway }: { gateway: () => Promise<string> }) {
  const reason = useStore(farewell);
  useEffect(() => void performance.mark('usable'), []);
  return (
    <main class="sign-in">
      <h1 tabindex={-1}>RAG service</h1>
      <p class="lead">Ask your documents, see why an answer is what it is, and watch the system that gives it.</p>
      <CredentialForm gateway={gateway} first="key" reason={reason === null ? null : plainly(reason)} />
    </main>
  );
}

type FormProps = { gateway: () => Promise<string>; first: Credential['kind']; reason: Problem | null };
/** Asks for a key or a token and tries it. `reason`: why it is asked, until there is something else to say. */
export function CredentialForm({ gateway, first, reason }: FormProps) {
  const [kind, setKind] = useState<Credential['kind']>(first);
  const [value, setValue] = useState('');
  const [isTrying, setTrying] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useRef<HTMLInputElement | null>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isTrying) return;
    setTrying(true);
    setProblem(null);
    try {
      await signIn(await gateway(), { kind, value: value.trim() });
    } catch (error) {
      setProblem(isUnreachable(error) ? plainly(await unanswered(gateway)) : problemOf(error));
      setTrying(false);
      field.current?.focus();
    }
  };
  const label = kind === 'key' ? 'API key' : 'Token (JWT)';
  return (
    <form onSubmit={(event: Event) => void submit(event)}>
      <fieldset class="choice">
        <legend>Sign in with</legend>
        {(['key', 'token'] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="kind" value={one} checked={kind === one} onChange={() => setKind(one)} />
            {one === 'key' ? 'a key' : 'a token'}
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="credential">{label}</label>
        <input
          id="credential"
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="kept"
          value={value}
          onInput={(event: Event) => setValue(valueOf(event))}
        />
        <p id="kept" class="hint">
          {kind === 'key' ? 'API_KEY in .env is the developer’s. ' : 'npm run token -- --consumer dashboard makes one. '}
          It stays in this tab until you close it or sign out.
        </p>
      </div>
      <button type="submit" class="main" aria-disabled={isTrying ? 'true' : null}>
        {isTrying ? 'Signing in…' : 'Sign in'}
      </button>
      <Alert problem={problem ?? reason} />
    </form>
  );
}

/** A browser does not say why there is no answer: a gateway that is away, or one that does not admit this page's origin (CORS). */
async function unanswered(gateway: () => Promise<string>): Promise<string> {
  const address = await gateway().catch(() => null);
  return address === null
    ? 'This page’s own server does not answer.'
    : `The gateway at ${address} does not answer this page. Is it running, and does it admit ${location.origin}?`;
}
