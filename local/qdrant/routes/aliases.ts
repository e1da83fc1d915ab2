import type { AliasAction } from '../engine.ts';
import { badFormat } from '../errors.ts';
import type { Route } from '../http.ts';
import { array, isObject, type Json, object, required, string } from '../json.ts';
import { named } from './collections.ts';

function action(value: Json): AliasAction {
  const from = object(value, 'AliasOperations');
  const { create_alias: create, delete_alias: remove, rename_alias: rename } = from;
  if (isObject(create))
    return {
      kind: 'create',
      alias: string(required(create, 'alias_name'), 'alias_name'),
      collection: string(required(create, 'collection_name'), 'collection_name'),
    };
  if (isObject(remove)) return { kind: 'delete', alias: string(required(remove, 'alias_name'), 'alias_name') };
  if (isObject(rename))
    return {
      kind: 'rename',
      from: string(required(rename, 'old_alias_name'), 'old_alias_name'),
      to: string(required(rename, 'new_alias_name'), 'new_alias_name'),
    };
  throw badFormat('data did not match any variant of untagged enum AliasOperations');
}

const shown = (aliases: Iterable<[string, string]>): Json => ({
  aliases: [...aliases]
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([alias, collection]) => ({ alias_name: alias, collection_name: collection })),
});

export const aliasRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/collections/aliases',
    takes: 'json',
    handle: ({ engine, body }) => {
      engine.changeAliases(array(required(object(body, 'ChangeAliasesOperation'), 'actions'), 'actions').map(action));
      return { result: true };
    },
  },
  { method: 'GET', path: '/aliases', handle: ({ engine }) => ({ result: shown(engine.aliases()) }) },
  {
    method: 'GET',
    path: '/collections/{collection}/aliases',
    handle: (request) => {
      const { name } = named(request);
      return { result: shown([...request.engine.aliases()].filter(([, collection]) => collection === name)) };
    },
  },
];
