/** Seeds that are drawn where none is given. */

/** 53 random bits: a safe integer, so that a result with its seed goes through JSON. */
export function drawSeed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 11) * 2 ** 32 + low;
}
