// The kernels in JavaScript: the same parameters, the same results to the last bit.

/** @param {number} begin @param {number} end @param {number} r @param {number} steps @param {Float64Array} x */
export function iterate(begin, end, r, steps, x) {
  for (let i = begin; i < end; i++) {
    let value = x[i];
    for (let step = 0; step < steps; step++) value = r * value * (1 - value);
    x[i] = value;
  }
}

/** @param {number} begin @param {number} end @param {Float64Array} x */
export function total(begin, end, x) {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += x[i];
  return sum;
}
