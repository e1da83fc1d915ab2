import { Failure, UpstreamFault } from '../_kernel/failure.ts';
import type { Span } from '../_kernel/retrieval/sentences.ts';

/** A piece of a document on its way to its vector: where it is, and what of it is embedded. */
export type Piece = Span & { text: string; context: string };
/** What became of a piece: its vector, or that the model will not have it. */
export type Embedded<P extends Piece> = { piece: P; dense: number[] } | { piece: P; refused: string };

export type EmbedOptions = {
  /** One vector a text, in order; `retried` says whether a transient fault may be tried again. */
  passages(texts: string[], options: { retried: boolean }): Promise<number[][]>;
};

/** A text no model refuses: it tells a model that is down from a text that it cannot take. */
const HARMLESS = 'dimension';
/** A piece that is still too long at this length is not the problem. */
const SPLIT_MIN_CHARS = 64;

const input = ({ context, text }: Piece): string => (context === '' ? text : `${context}\n\n${text}`);

/** The fault beneath a failure, when it may be the text's and not the model's. */
function maybeTheText(error: unknown): UpstreamFault['fault'] | null {
  const fault =
    error instanceof UpstreamFault ? error : error instanceof Failure && error.cause instanceof UpstreamFault ? error.cause : null;
  if (fault === null) return null;
  const { kind } = fault.fault;
  if (kind === 'input_too_long' || kind === 'bad_embedding') return fault.fault;
  return kind === 'status' && (fault.fault.status === 400 || fault.fault.status === 500) ? fault.fault : null;
}

/** Cuts a piece in two at the white space nearest its middle, or in the middle of nothing but letters. */
function halve<P extends Piece>(piece: P): [P, P] {
  const { text, start, end } = piece;
  const middle = text.length >> 1;
  const before = text.lastIndexOf(' ', middle);
  let at = before > 0 ? before : middle;
  if (/[\udc00-\udfff]/.test(text[at] ?? '')) at++;
  return [
    { ...piece, end: start + at, text: text.slice(0, at) },
    { ...piece, start: start + at, end, text: text.slice(at) },
  ];
}

async function attempt(
  options: EmbedOptions,
  pieces: Piece[],
  retried: boolean,
): Promise<{ vectors: number[][] } | { fault: UpstreamFault['fault'] }> {
  try {
    return { vectors: await options.passages(pieces.map(input), { retried }) };
  } catch (error) {
    const fault = maybeTheText(error);
    if (fault === null) throw error;
    return { fault };
  }
}

async function alone<P extends Piece>(options: EmbedOptions, piece: P, fault: UpstreamFault['fault']): Promise<Embedded<P>[]> {
  if (fault.kind !== 'input_too_long' || piece.text.length < SPLIT_MIN_CHARS) {
    const why = fault.kind === 'bad_embedding' ? 'no usable vector' : fault.kind === 'input_too_long' ? 'too long' : 'refused by the model';
    return [{ piece, refused: why }];
  }
  return embedPieces(options, halve(piece));
}

/**
 * Embeds pieces in one call, and finds the ones that the model will not have by bisection: at most 2·log₂N + 1 calls more for one.
 *
 * Both halves are tried before either is cut further, so that the good half's success keeps the breaker's streak short. When both
 * fail, a harmless text tells whether the model is down. A piece that is too long is halved until it fits.
 * @throws what `passages` throws when the model, not a text, is the trouble.
 */
export async function embedPieces<P extends Piece>(options: EmbedOptions, pieces: P[], retried = true): Promise<Embedded<P>[]> {
  if (pieces.length === 0) return [];
  const first = await attempt(options, pieces, retried);
  if ('vectors' in first) return pieces.map((piece, i) => ({ piece, dense: first.vectors[i]! }));
  return divide(options, pieces, first.fault);
}

async function divide<P extends Piece>(options: EmbedOptions, pieces: P[], fault: UpstreamFault['fault']): Promise<Embedded<P>[]> {
  if (pieces.length === 1) {
    // A single text that fails says nothing of itself while the model is down.
    if (fault.kind === 'status' && fault.status === 500) await options.passages([HARMLESS], { retried: false });
    return alone(options, pieces[0]!, fault);
  }
  const middle = pieces.length >> 1;
  const halves = [pieces.slice(0, middle), pieces.slice(middle)];
  const tried = [await attempt(options, halves[0]!, false), await attempt(options, halves[1]!, false)];
  if (tried.every((one) => 'fault' in one)) await options.passages([HARMLESS], { retried: false });
  const parts: Embedded<P>[][] = [];
  for (const [i, one] of tried.entries()) {
    const half = halves[i]!;
    parts.push('vectors' in one ? half.map((piece, j) => ({ piece, dense: one.vectors[j]! })) : await divide(options, half, one.fault));
  }
  return parts.flat();
}
