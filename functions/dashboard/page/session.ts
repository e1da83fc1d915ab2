import { createClient, RagError, type Client } from '../../_kernel/client/client.ts';
import { observing } from './observed.ts';
import { createStore } from './store.ts';

/** What is shown to the gateway; kept by this tab until it is closed, and nowhere else. */
export type Credential = { kind: 'key' | 'token'; value: string };
export type Roles = { reader: boolean; writer: boolean; admin: boolean };
export type Session = { credential: Credential; roles: Roles; client: Client };

const KEPT = 'rag-credential';

export const session = createStore<Session | null>(null);
let gateway = '';
/** Where the gateway is, for whoever is signed in. */
export const gatewayAddress = (): string => gateway;
/** Why somebody who was signed in is not any more; null when there is nothing to say. */
export const farewell = createStore<string | null>(null);

/** The credential as the headers that the gateway looks for. */
export const headersOf = ({ kind, value }: Credential): Record<string, string> =>
  kind === 'key' ? { apikey: value } : { authorization: `Bearer ${value}` };

const clientOf = (gatewayUrl: string, { kind, value }: Credential, ask: typeof fetch): Client =>
  createClient({
    url: gatewayUrl,
    ...(kind === 'key' ? { apiKey: value } : { token: value }),
    fetch: ask,
    retries: 0, // whoever looks at the page sees what fails, and tries again
  });

/** Asks the gateway which roles a credential has. @throws RagError `unauthorized`, `rate_limited`, `unreachable`. */
async function rolesOf(client: Client): Promise<Roles> {
  const reader = await client.hasRole('reader');
  const [writer, admin] = await Promise.all([client.hasRole('writer'), client.hasRole('admin')]);
  return { reader, writer, admin };
}

/** Signs in: the credential is tried before it is kept. @throws as `rolesOf`, and RagError `forbidden` when it may not even read. */
export async function signIn(gatewayUrl: string, credential: Credential): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(credential.value))
    throw new RagError('A key or token has no spaces and no special characters; copy it again.', { code: 'unauthorized' });
  const roles = await rolesOf(
    clientOf(
      gatewayUrl,
      credential,
      observing(fetch, () => {}),
    ),
  );
  if (!roles.reader) throw new RagError('This credential has no role that may read here; ask for the role reader.', { code: 'forbidden' });
  const ask = observing(fetch, () => signOut('The gateway does not take this key or token any more. It may have expired; sign in again.'));
  const client = clientOf(gatewayUrl, credential, ask);
  gateway = gatewayUrl;
  sessionStorage.setItem(KEPT, JSON.stringify(credential));
  farewell.set(null);
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

/** Forgets the credential and everything that was seen with it. */
export function signOut(reason: string | null): void {
  sessionStorage.removeItem(KEPT);
  farewell.set(reason);
  if (session.get() === null) return;
  session.set(null);
  for (const forget of forgetters) forget();
}

const forgetters = new Set<() => void>();
/** Called at every sign-out: nothing of one tenant may be seen by the next. */
export const onSignOut = (forget: () => void): void => void forgetters.add(forget);
