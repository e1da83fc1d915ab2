// Nobody sees these: controls, and all that Unicode calls ignorable (soft hyphens, zero-width marks, bidirectional overrides, variation
// selectors, tag characters), any of which can spell hidden text. Those stay that a script is written with: the joiners (Persian, Hindi,
// emoji), marks of direction (Arabic, Hebrew), Mongolian's selectors, and the one that makes an emoji of a sign.
const UNSEEN = /(?![\t\n\r])\p{Cc}|(?!\ufe0f|[\u180b-\u180f]|[\u061c\u200c-\u200f])\p{Default_Ignorable_Code_Point}/gu;
const HALF = /\p{Surrogate}/gu;

/**
 * A text without the characters that nobody sees, and with U+FFFD for halves of surrogate pairs.
 *
 * Source: Unicode Technical Report 36, section 2 (visual spoofing); Unicode Standard, section 5.21 (ignorable); CVE-2021-42574.
 */
export function visible(text: string): string {
  return text.replace(HALF, '\ufffd').replace(UNSEEN, '');
}
