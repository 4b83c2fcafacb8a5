/** Pictures told apart by a line of text, as the peers do it. */

/**
 * What the fractal peers answer for a picture: the sum of the counts, and their hash as in bench/native/picture.h. The
 * hash's 64 bits are kept in two halves, since bigints would take a hundred times as long.
 */
export function checksum(counts: Int32Array<ArrayBufferLike>): string {
  let sum = 0;
  let low = 0x84222325;
  let high = 0xcbf29ce4;
  for (const count of counts) {
    sum += count;
    low = (low ^ count) >>> 0;
    // Times 0x100000001b3: the product of the low half has 41 bits, which a double holds.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + (low << 8) + Math.floor(product / 2 ** 32)) >>> 0;
    low = product >>> 0;
  }
  const hex = (half: number) => half.toString(16).padStart(8, "0");
  return `${sum} ${hex(high)}${hex(low)}`;
}
