/** What all pools run: kernels of allcores, and the same functions in the form that piscina and tinypool call. */
export const add = (a, b) => a + b;
export const addPair = ([a, b]) => add(a, b);

/** Work of a fixed number of dependent steps. */
export function spin(steps) {
  let state = 1;
  for (let step = 0; step < steps; step++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}
