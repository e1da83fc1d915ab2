import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { Alert } from './parts.tsx';
import { farewell, signIn, type Credential } from './session.ts';
import { useStore, valueOf } from './use.tsx';
import { sayError } from './words.ts';

/** The first view: shows the gateway a key or a token, and says plainly when it is not taken. */
export function SignIn({ gateway }: { gateway: () => Promise<string> }) {
  const [kind, setKind] = useState<Credential['kind']>('key');
  const [value, setValue] = useState('');
  const [isTrying, setTrying] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const reason = useStore(farewell);
  const field = useRef<HTMLInputElement | null>(null);
  useEffect(() => {
    field.current?.focus();
    performance.mark('usable');
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTrying(true);
    setProblem(null);
    try {
      await signIn(await gateway(), { kind, value: value.trim() });
    } catch (error) {
      setProblem(sayError(error));
      setTrying(false);
      field.current?.focus();
    }
  };
  const label = kind === 'key' ? 'API key' : 'Token (JWT)';
  return (
    <main class="sign-in">
      <h1>RAG service</h1>
      <p class="lead">Ask your documents, see why an answer is what it is, and watch the system that gives it.</p>
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
        <button type="submit" class="main" disabled={isTrying}>
          {isTrying ? 'Signing in…' : 'Sign in'}
        </button>
        <Alert text={problem ?? reason} />
      </form>
    </main>
  );
}
