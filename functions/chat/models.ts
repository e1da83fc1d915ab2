import type { Collection } from '../_kernel/client/client.ts';
import { Failure } from '../_kernel/failure.ts';
import { collectionName } from '../_kernel/http/fields.ts';
import type { Model } from './contract.ts';

/** A collection as a model. */
export const modelOf = ({ name, createdAt }: Collection): Model => ({
  id: name,
  object: 'model',
  created: Math.floor(Date.parse(createdAt) / 1_000),
  owned_by: 'rag',
});

/** The collection that a model's name means. @throws Failure `collection_not_found` for a name that none can have. */
export function collectionOf(model: string): string {
  if (!collectionName.safeParse(model).success) throw new Failure({ code: 'collection_not_found', collection: model });
  return model;
}
