import type { Backing } from './backing.ts';
import { statementsIn } from './claims.ts';
import type { Passage } from './context.ts';

/** What an answer has said so far, statement by statement. */
export type Saying = {
  /** Adds the statements of a text; `cited` are the passages that its last one is covered by, null for none. */
  add(text: string, cited: readonly Passage[] | null): void;
  /** Adds to the passages of the latest statement, and gives all of them. */
  addCited(passages: readonly Passage[]): Passage[];
  /** The statements that nothing covers, or with a number that stands in none of the passages that do; each once. */
  unsupported(): string[];
};

/** Keeps what an answer says beside what was cited for it. */
export function saying(backing: Backing): Saying {
  const said: { text: string; cited: Passage[] }[] = [];
  return {
    add(text, cited) {
      const parts = statementsIn(text);
      said.push(...parts.map((part, i) => ({ text: part, cited: i === parts.length - 1 ? [...(cited ?? [])] : [] })));
    },
    addCited(passages) {
      const latest = said.at(-1);
      return latest === undefined ? [] : (latest.cited = [...new Set([...latest.cited, ...passages])]);
    },
    unsupported() {
      const bare = said.filter(({ text, cited }) => cited.length === 0 || backing.misquotes(text, cited));
      return [...new Set(bare.map(({ text }) => text))];
    },
  };
}
