/**
 * The best of many, kept as they come: a binary heap of (key, id) whose root is the worst. A greater key is better, and of
 * equal ones the smaller id.
 */

// @ts-ignore: decorator
@inline
function isWorse(key: f64, id: u32, than: f64, thanId: u32): bool {
  return key < than || (key == than && id > thanId);
}

// @ts-ignore: decorator
@inline
function keyAt(keys: usize, i: i32): f64 {
  return load<f64>(keys + ((<usize>i) << 3));
}

// @ts-ignore: decorator
@inline
function idAt(ids: usize, i: i32): u32 {
  return load<u32>(ids + ((<usize>i) << 2));
}

// @ts-ignore: decorator
@inline
function put(keys: usize, ids: usize, i: i32, key: f64, id: u32): void {
  store<f64>(keys + ((<usize>i) << 3), key);
  store<u32>(ids + ((<usize>i) << 2), id);
}

/** Puts what was at the root's place where it belongs, below worse ones. */
function sink(keys: usize, ids: usize, count: i32, key: f64, id: u32): void {
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= count) break;
    const right = child + 1;
    if (right < count && isWorse(keyAt(keys, right), idAt(ids, right), keyAt(keys, child), idAt(ids, child)))
      child = right;
    if (!isWorse(keyAt(keys, child), idAt(ids, child), key, id)) break;
    put(keys, ids, i, keyAt(keys, child), idAt(ids, child));
    i = child;
  }
  put(keys, ids, i, key, id);
}

function rise(keys: usize, ids: usize, at: i32, key: f64, id: u32): void {
  let i = at;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isWorse(key, id, keyAt(keys, parent), idAt(ids, parent))) break;
    put(keys, ids, i, keyAt(keys, parent), idAt(ids, parent));
    i = parent;
  }
  put(keys, ids, i, key, id);
}

/** Adds one, unless all `k` that are there are better. @returns how many there are then */
// @ts-ignore: decorator
@inline
export function keep(keys: usize, ids: usize, count: i32, k: i32, key: f64, id: u32): i32 {
  if (count < k) {
    rise(keys, ids, count, key, id);
    return count + 1;
  }
  if (isWorse(keyAt(keys, 0), idAt(ids, 0), key, id)) sink(keys, ids, count, key, id);
  return count;
}

/** Puts them in order, the best first. */
export function order(keys: usize, ids: usize, count: i32): void {
  for (let last = count - 1; last > 0; last--) {
    const key = keyAt(keys, 0),
      id = idAt(ids, 0),
      lastKey = keyAt(keys, last),
      lastId = idAt(ids, last);
    put(keys, ids, last, key, id);
    sink(keys, ids, last, lastKey, lastId);
  }
}
