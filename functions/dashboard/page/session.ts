import { createClient, RagError, type Client } from '../../_kernel/client/client.ts';
import { headersOf, isSameCaller, type Credential } from './credential.ts';
import { observing } from './observed.ts';
import { createSessionStore, createStore, forgetSession } from './store.ts';

export type Roles = { reader: boolean; writer: boolean; admin: boolean };
export type Session = { credential: Credential; roles: Roles; client: Client };

const KEPT = 'rag-credential';

export const session = createStore<Session | null>(null);
let gateway = '';
let over = new AbortController();
/** Where the gateway is, for whoever is signed in. */
export const gatewayAddress = (): string => gateway;
/** Why somebody who was signed in is not any more; null when there is nothing to say. */
export const farewell = createStore<string | null>(null);
/** Whether the gateway has turned the credential away: what was asked waits until another one is shown. */
export const isTurnedAway = createSessionStore(false);

/** Asks the gateway which roles a credential has. @throws RagError `unauthorized`, `rate_limited`, `unreachable`. */
async function rolesOf(client: Client): Promise<Roles> {
  const reader = await client.hasRole('reader');
  const [writer, admin] = await Promise.all([client.hasRole('writer'), client.hasRole('admin')]);
  return { reader, writer, admin };
}

/** A 401 of the gateway; a function's own is a problem, and says nothing of the caller. */
const isRefusal = ({ status, headers }: Response): boolean => status === 401 && headers.get('content-type')?.includes('problem') !== true;

/** Waits until another credential is shown than this one, or the signal ends it. */
function renewed(shown: Credential, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (session.get()?.credential === shown) return;
      stop();
      resolve();
    };
    const stop = session.subscribe(look);
    signal.addEventListener('abort', () => {
      stop();
      reject(signal.reason as Error);
    });
    look();
  });
}

/**
 * A fetch that shows the session's credential, and ends with the session. What the gateway turns away is asked again once there is
 * another credential: nothing was done yet, and nothing that was begun is lost.
 */
function showing(ended: AbortSignal): typeof fetch {
  const ask = observing(fetch);
  return async (input, init = {}) => {
    const signal = init.signal ? AbortSignal.any([ended, init.signal]) : ended;
    for (;;) {
      signal.throwIfAborted();
      const { credential } = session.get()!;
      const headers = { ...(init.headers as Record<string, string> | undefined), ...headersOf(credential) };
      const response = await ask(input, { ...init, headers, signal });
      if (!isRefusal(response)) return response;
      if (session.get()?.credential === credential) isTurnedAway.set(true);
      await renewed(credential, signal);
    }
  };
}

/**
 * Signs in: the credential is tried before it is kept. A session of the same caller goes on with it, any other one is forgotten first.
 *
 * @param given aborts when it is no longer wanted. @throws as `rolesOf`, and RagError `forbidden` when it may not even read.
 */
export async function signIn(gatewayUrl: string, credential: Credential, given?: AbortSignal): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(credential.value))
    throw new RagError('A key or token has no spaces and no special characters; copy it again.', { code: 'unauthorized' });
  const shown = credential.kind === 'key' ? { apiKey: credential.value } : { token: credential.value };
  const roles = await rolesOf(createClient({ url: gatewayUrl, ...shown, fetch: observing(fetch), retries: 0 }));
  if (!roles.reader) throw new RagError('This credential has no role that may read here; ask for the role reader.', { code: 'forbidden' });
  given?.throwIfAborted();
  const current = session.get();
  const goesOn = current !== null && isSameCaller(current.credential, credential);
  if (!goesOn) signOut(null);
  gateway = gatewayUrl;
  sessionStorage.setItem(KEPT, JSON.stringify(credential));
  farewell.set(null);
  isTurnedAway.set(false);
  // Whoever looks at the page sees what fails, and tries again.
  const client = goesOn ? current.client : createClient({ url: gatewayUrl, fetch: showing(over.signal), retries: 0 });
  session.set({ credential, roles, client });
}

/** What this tab kept from before a reload. */
export function keptCredential(): Credential | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Partial<Credential> | null;
    return (kept?.kind === 'key' || kept?.kind === 'token') && typeof kept.value === 'string' ? (kept as Credential) : null;
  } catch {
    return null; // not ours
  }
}

/** Forgets the credential and everything that was seen with it, and ends what is under way. */
export function signOut(reason: string | null): void {
  sessionStorage.removeItem(KEPT);
  farewell.set(reason);
  if (session.get() === null) return;
  session.set(null);
  over.abort();
  over = new AbortController();
  forgetSession();
}
