import type { Bundle } from './bundle.ts';

/**
 * The functions that one workerd must hold: those that changed, with all that they are bound to or that is bound to them, and so on. A
 * service binding leads to a Worker of the same process, and would go on leading to the version before.
 *
 * @param all as they are served now; a changed one stands in the place of its version before.
 */
export function startedTogether(changed: readonly Bundle[], all: readonly Bundle[]): Bundle[] {
  const current = [...changed, ...all.filter(({ fn }) => !changed.some((one) => one.fn === fn))];
  const isBound = (one: Bundle, other: Bundle) => one.services.some(({ service }) => service === other.name);
  const chosen = new Set(changed);
  // A set's iteration meets what is added on the way.
  for (const one of chosen) for (const other of current) if (isBound(one, other) || isBound(other, one)) chosen.add(other);
  return [...chosen];
}
