import type { Places } from './backing.ts';
import { cite, type Passage } from './context.ts';
import type { Citation } from './contract.ts';

/** The citations of an answer, numbered from 1 in their order; each different quote has one number. */
export type Numbering = {
  citations: Citation[];
  /** The markers for a writer's passage numbers, as `[1][2]`, and the citations among them that are new; empty where none has a place. */
  markersFor(numbers: readonly number[], places: Places): { markers: string; fresh: Citation[] };
};

/** Numbers citations of the passages that a writer was shown, which it knows as 1, 2, 3. */
export function numbering(passages: readonly Passage[]): Numbering {
  const citations: Citation[] = [];
  return {
    citations,
    markersFor(numbers, places) {
      const markers = new Set<number>();
      const fresh: Citation[] = [];
      for (const number of numbers) {
        const passage = passages[number - 1];
        const place = passage === undefined ? undefined : places.get(passage);
        if (passage === undefined || place === undefined) continue;
        for (const next of cite(passage, citations.length + 1, place)) {
          const known = citations.find((one) => one.chunkId === next.chunkId && one.start === next.start && one.end === next.end);
          const citation = known ?? { ...next, marker: citations.length + 1 };
          markers.add(citation.marker);
          if (known !== undefined) continue;
          citations.push(citation);
          fresh.push(citation);
        }
      }
      return { markers: [...markers].map((marker) => `[${marker}]`).join(''), fresh };
    },
  };
}
