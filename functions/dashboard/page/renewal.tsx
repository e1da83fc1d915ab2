import { useEffect, useState } from 'hono/jsx/dom';
import { expiryOf, type Credential } from './credential.ts';
import { useModal } from './parts.tsx';
import { plainly } from './problem.ts';
import { isTurnedAway, signOut } from './session.ts';
import { CredentialForm } from './sign-in.tsx';
import { useNow, useStore } from './use.tsx';
import { clockTime } from './words.ts';

/** How long before its end a token is said to end. */
const WARNED_MS = 300_000;

type Props = { credential: Credential; gateway: () => Promise<string> };
/** Says that a credential ends soon or is not taken any more, and takes another one in place: what is under way waits and goes on. */
export function Renewal({ credential, gateway }: Props) {
  const now = useNow();
  const isOver = useStore(isTurnedAway);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(isOver), [isOver, credential]);
  const expiry = expiryOf(credential);
  const isEnding = expiry !== null && expiry - now < WARNED_MS;
  const said = isOver
    ? 'The gateway does not take this key or token any more. It may have expired.'
    : isEnding
      ? `This token ends at ${clockTime(expiry)}.`
      : null;
  return (
    <>
      <div role="alert" class="banner-place">
        {said === null ? null : (
          <p class="banner">
            {said}{' '}
            <button type="button" class="link" onClick={() => setOpen(true)}>
              Sign in again
            </button>
          </p>
        )}
      </div>
      {isOpen && said !== null ? <Again close={() => setOpen(false)} {...{ credential, gateway, said }} /> : null}
    </>
  );
}

function Again({ close, credential, gateway, said }: Props & { close: () => void; said: string }) {
  const dialog = useModal();
  return (
    <dialog ref={dialog} class="again-dialog" aria-labelledby="again-title" onClose={close}>
      <h2 id="again-title">Sign in again</h2>
      <p>
        With another token of the same consumer, or the same key, everything here stays and goes on. Any other one begins anew: what is here
        is forgotten.
      </p>
      <CredentialForm gateway={gateway} first={credential.kind} reason={plainly(said)} />
      <div class="row end">
        <button type="button" class="quiet" onClick={() => signOut(null)}>
          Sign out
        </button>
        <button type="button" onClick={close}>
          Later
        </button>
      </div>
    </dialog>
  );
}
