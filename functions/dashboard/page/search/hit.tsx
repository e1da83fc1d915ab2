import { openDocument } from '../shared.ts';
import type { Hit } from '../types.ts';

/** Highest values of a list, against which each hit's bars are drawn. */
export type Tops = { sparse: number };
export const topsOf = (hits: readonly Hit[]): Tops => ({
  sparse: Math.max(...hits.map(({ scores }) => scores.sparse ?? 0), Number.MIN_VALUE),
});

/** A passage that was found, with the scores that brought it here. */
export function HitView({ hit, rank, collection, tops }: { hit: Hit; rank: number; collection: string; tops: Tops }) {
  const { documentId, title, text, span, scores, metadata } = hit;
  const show = () => openDocument({ collection, documentId, ...span, quote: text });
  const entries = Object.entries(metadata);
  return (
    <li class="hit">
      <div class="row spread top">
        <h2>
          <span class="number">{rank}</span>
          <button type="button" class="link" onClick={show}>
            {title ?? documentId}
          </button>
        </h2>
        <dl class="scores">
          <Score name="fused" value={scores.fused} share={scores.fused} />
          <Score name="dense" value={scores.dense} share={scores.dense ?? 0} />
          <Score name="sparse" value={scores.sparse} share={(scores.sparse ?? 0) / tops.sparse} />
        </dl>
      </div>
      <p class="excerpt">{text}</p>
      {entries.length > 0 ? (
        <p class="hint">
          {entries.map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`).join(' · ')}
        </p>
      ) : null}
    </li>
  );
}

function Score({ name, value, share }: { name: string; value: number | null; share: number }) {
  const width = Math.max(0, Math.min(1, share)) * 60;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <svg viewBox="0 0 60 6" width="60" height="6" aria-hidden="true">
          <rect class="track" width="60" height="6" rx="3" />
          {value === null ? null : <rect class={`fill ${name}`} width={width} height="6" rx="3" />}
        </svg>
        <span class="figures">{value === null ? '–' : value.toFixed(value < 10 ? 2 : 1)}</span>
      </dd>
    </div>
  );
}
