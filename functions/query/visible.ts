// Nobody sees these: controls, soft hyphens, zero-width marks, bidirectional overrides and the tag characters that spell hidden ASCII.
// The joiners U+200C and U+200D stay, because Persian, Hindi and emoji are written with them.
const UNSEEN = /(?![\t\n\r])\p{Cc}|[\u00ad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
const HALF = /\p{Surrogate}/gu;

/**
 * A text without the characters that nobody sees, and with U+FFFD for halves of surrogate pairs.
 *
 * Source: Unicode Technical Report 36, section 2 (visual spoofing); Trojan Source, CVE-2021-42574.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, '').replace(HALF, '\ufffd');
}
