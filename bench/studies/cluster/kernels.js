const word = new Int32Array(new SharedArrayBuffer(4));

/** Takes `ms` an item, without processor time. */
export function rest(begin, end, ms) {
  if (ms > 0) Atomics.wait(word, 0, 0, ms * (end - begin));
  return end - begin;
}
