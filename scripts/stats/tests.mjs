/** Values of statistics with their p-values: how often a perfect generator gives one as far out, on either side. */

/** The normal distribution's upper tail: Numerical Recipes' erfc, to a relative 1.2e-7. */
function tail(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const series = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ].reduce((sum, coefficient) => sum * t + coefficient, 0);
  const upper = 0.5 * t * Math.exp(-x * x + series);
  return z < 0 ? 1 - upper : upper;
}

/** A standard normal value. */
export const normal = (z) => ({ value: z, p: 2 * tail(Math.abs(z)) });

/** A sum of n squares of standard normal values, shown divided by n; as Wilson and Hilferty approximate it. */
export function chiSquared(sum, n) {
  const z = ((sum / n) ** (1 / 3) - (1 - 2 / (9 * n))) / Math.sqrt(2 / (9 * n));
  return { value: sum / n, p: normal(z).p };
}

/** The greatest of n standard normal values. */
export function extreme(greatest, n) {
  const below = Math.exp(n * Math.log1p(-tail(greatest)));
  return { value: greatest, p: 2 * Math.min(below, -Math.expm1(n * Math.log1p(-tail(greatest)))) };
}

/** The correlation of two rows of standard normal values, times the root of their length. */
export function correlation(a, b) {
  const n = Math.min(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i] * b[i];
  return normal(sum / Math.sqrt(n));
}

/** The greatest distance of the values' distribution from the normal one, times the root of their number. */
export function kolmogorov(z) {
  const n = z.length;
  const distance = Float64Array.from(z)
    .sort()
    .reduce(
      (most, value, i) => Math.max(most, Math.abs(1 - tail(value) - i / n), Math.abs(1 - tail(value) - (i + 1) / n)),
      0,
    );
  const value = distance * Math.sqrt(n);
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * value * value);
  // The series does not converge below: there p is 1 to four digits.
  return { value, p: value < 0.3 ? 1 : p };
}
