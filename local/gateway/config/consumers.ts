import type { Consumer, JwtCredential, KeyCredential } from './entities.ts';
import { idFor } from './ids.ts';
import type { Problems } from './problems.ts';
import { type Reference, referenceText, refersTo } from './references.ts';
import type { RawFile } from './schema.ts';

type Keys = NonNullable<RawFile['keyauth_credentials']>;
type Jwts = NonNullable<RawFile['jwt_secrets']>;
type Acls = NonNullable<RawFile['acls']>;
type Found = { consumers: Consumer[]; keys: Map<string, KeyCredential>; jwts: Map<string, JwtCredential> };

function addKeys(found: Found, consumer: Consumer, raw: Keys, at: string, problems: Problems): void {
  for (const [index, entry] of raw.entries()) {
    if (found.keys.has(entry.key)) problems.add(`${at}[${index}]`, 'this key is used twice');
    const id = entry.id ?? idFor('keyauth_credentials', entry.key);
    found.keys.set(entry.key, { id, consumer, identifier: id, key: entry.key });
  }
}

function addJwts(found: Found, consumer: Consumer, raw: Jwts, at: string, problems: Problems): void {
  for (const [index, entry] of raw.entries()) {
    if (found.jwts.has(entry.key)) problems.add(`${at}[${index}]`, `the issuer ${entry.key} is used twice`);
    if (entry.algorithm.startsWith('HS') && !entry.secret) problems.add(`${at}[${index}]`, 'needs a secret');
    found.jwts.set(entry.key, {
      id: entry.id ?? idFor('jwt_secrets', entry.key),
      consumer,
      identifier: entry.key,
      key: entry.key,
      algorithm: entry.algorithm,
      secret: entry.secret ?? '',
      publicKey: entry.rsa_public_key ?? null,
    });
  }
}

/** The consumers of a file with their groups, and their credentials by key and by issuer. */
export function readConsumers(file: RawFile, problems: Problems): Found {
  const found: Found = { consumers: [], keys: new Map(), jwts: new Map() };
  for (const [index, raw] of (file.consumers ?? []).entries()) {
    const at = `consumers[${index}]`;
    const name = raw.username ?? raw.custom_id ?? at;
    const groups = (raw.acls ?? []).map((entry) => entry.group);
    const consumer: Consumer = {
      id: raw.id ?? idFor('consumers', name),
      username: raw.username ?? null,
      customId: raw.custom_id ?? null,
      groups,
    };
    if (found.consumers.some((other) => raw.username && other.username === raw.username)) {
      problems.add(at, `the username ${raw.username} is used twice`);
    }
    if (found.consumers.some((other) => raw.custom_id && other.customId === raw.custom_id)) {
      problems.add(at, `the custom_id ${raw.custom_id} is used twice`);
    }
    found.consumers.push(consumer);
    addKeys(found, consumer, raw.keyauth_credentials ?? [], `${at}.keyauth_credentials`, problems);
    addJwts(found, consumer, raw.jwt_secrets ?? [], `${at}.jwt_secrets`, problems);
  }
  const owner = (reference: Reference, at: string): Consumer | undefined => {
    const consumer = found.consumers.find((each) => refersTo(reference, each));
    if (consumer === undefined) problems.add(at, `there is no consumer ${referenceText(reference)}`);
    return consumer;
  };
  const each = <T extends { consumer?: Reference }>(
    list: readonly T[],
    name: string,
    add: (consumer: Consumer, entry: T) => void,
  ): void => {
    for (const [index, entry] of list.entries()) {
      const consumer = owner(entry.consumer, `${name}[${index}]`);
      if (consumer !== undefined) add(consumer, entry);
    }
  };
  each<Keys[number]>(file.keyauth_credentials ?? [], 'keyauth_credentials', (consumer, entry) => {
    addKeys(found, consumer, [entry], 'keyauth_credentials', problems);
  });
  each<Jwts[number]>(file.jwt_secrets ?? [], 'jwt_secrets', (consumer, entry) => {
    addJwts(found, consumer, [entry], 'jwt_secrets', problems);
  });
  each<Acls[number]>(file.acls ?? [], 'acls', (consumer, entry) => consumer.groups.push(entry.group));
  return found;
}
