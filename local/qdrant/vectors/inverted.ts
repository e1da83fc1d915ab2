/** An inverted index over sparse vectors, built at once: for each token the slots that have it and their weights. */
export type Inverted = {
  readonly entries: number;
  frequency(token: number): number;
  visit(token: number, each: (slot: number, weight: number) => void): void;
  /** Takes a removed vector's tokens out of the frequencies; its entries stay. */
  forget(tokens: Uint32Array): void;
};

/**
 * Inverts the vectors of every slot whose state is not 0, by counting sort; about 0.1 µs an entry.
 *
 * `starts` and `lengths` say where in `tokens` and `weights` a slot's vector lies; `entries` is the sum of their lengths.
 */
export function invert(
  tokens: Uint32Array,
  weights: Float32Array,
  starts: Float64Array,
  lengths: Uint32Array,
  states: Uint8Array,
  entries: number,
): Inverted {
  const table = tokenTable();
  const rows = new Uint32Array(entries);
  let counts = new Uint32Array(1_024);
  let at = 0;
  for (let slot = 0; slot < states.length; slot += 1) {
    if (states[slot] === 0) continue;
    const start = starts[slot]!;
    for (let i = start; i < start + lengths[slot]!; i += 1) {
      const row = table.add(tokens[i]!);
      if (row >= counts.length) {
        const next = new Uint32Array(counts.length * 2);
        next.set(counts);
        counts = next;
      }
      counts[row] = counts[row]! + 1;
      rows[at++] = row;
    }
  }
  const ends = new Uint32Array(table.size() + 1);
  for (let row = 0; row < table.size(); row += 1) ends[row + 1] = ends[row]! + counts[row]!;
  const begins = ends.slice();
  const [slots, values] = [new Uint32Array(entries), new Float32Array(entries)];
  at = 0;
  for (let slot = 0; slot < states.length; slot += 1) {
    if (states[slot] === 0) continue;
    const start = starts[slot]!;
    for (let i = start; i < start + lengths[slot]!; i += 1) {
      const row = rows[at++]!;
      const place = ends[row]!;
      ends[row] = place + 1;
      slots[place] = slot;
      values[place] = weights[i]!;
    }
  }
  return {
    entries,
    frequency: (token) => {
      const row = table.find(token);
      return row === -1 ? 0 : counts[row]!;
    },
    visit: (token, each) => {
      const row = table.find(token);
      if (row === -1) return;
      for (let i = begins[row]!; i < begins[row + 1]!; i += 1) each(slots[i]!, values[i]!);
    },
    forget: (gone) => {
      for (const token of gone) {
        const row = table.find(token);
        if (row !== -1) counts[row] = counts[row]! - 1;
      }
    },
  };
}

/** Numbers for tokens in the order of their first sight: a hash table with linear probing, several times quicker here than a Map. */
function tokenTable(): { add(token: number): number; find(token: number): number; size(): number } {
  let bits = 12;
  let keys = new Uint32Array(1 << bits);
  let numbers = new Int32Array(1 << bits).fill(-1);
  let size = 0;
  // Fibonacci hashing: the golden ratio's bits spread neighbouring tokens (Knuth, TAOCP 3, 6.4).
  const place = (token: number): number => {
    let at = Math.imul(token, 0x9e3779b1) >>> (32 - bits);
    while (numbers[at] !== -1 && keys[at] !== token) at = (at + 1) & (keys.length - 1);
    return at;
  };
  const grow = (): void => {
    const [oldKeys, oldNumbers] = [keys, numbers];
    bits += 1;
    keys = new Uint32Array(1 << bits);
    numbers = new Int32Array(1 << bits).fill(-1);
    for (const [i, number] of oldNumbers.entries()) {
      if (number === -1) continue;
      const at = place(oldKeys[i]!);
      keys[at] = oldKeys[i]!;
      numbers[at] = number;
    }
  };
  return {
    add: (token) => {
      const at = place(token);
      const known = numbers[at]!;
      if (known !== -1) return known;
      keys[at] = token;
      numbers[at] = size;
      size += 1;
      if (size * 2 > keys.length) grow();
      return size - 1;
    },
    find: (token) => numbers[place(token)]!,
    size: () => size,
  };
}
