/**
 * The shortest decimal that reads back as the same 32-bit float, as a number: Qdrant writes `f32`, so 0.15 and not 0.15000000596046448.
 *
 * Nine significant digits always suffice (IEEE 754-2019, 5.12.2).
 */
export function shortest(value: number): number {
  const single = Math.fround(value);
  for (const digits of [7, 8]) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}
