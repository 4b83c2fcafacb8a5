/** Stable radix sorts of unsigned keys that lie in the cache, with ids that go along or without. */

const BITS = 11;
const DIGITS = 1 << BITS;
/** From so few keys on it is quicker to put each in its place. */
const FEW = 48;

/** Numbers that `radixSort` counts in. */
export const COUNTS = 6 * DIGITS;

// @ts-ignore: decorator
@inline
function passes<K>(): i32 {
  return sizeof<K>() == 8 ? 6 : 3;
}

// @ts-ignore: decorator
@inline
function digit(key: u64, pass: i32): usize {
  return <usize>(key >> <u64>(pass * BITS)) & <usize>(DIGITS - 1);
}

// @ts-ignore: decorator
@inline
function at<T>(array: usize, i: i32): usize {
  return array + ((<usize>i) << alignof<T>());
}

/**
 * Sorts keys, and the ids with them, unless `ids` is 0.
 * @param otherKeys room for as many, as `otherIds`
 * @param counts of COUNTS numbers
 * @returns whether they are in `otherKeys` and `otherIds` then
 */
export function radixSort<K>(
  keys: usize,
  ids: usize,
  otherKeys: usize,
  otherIds: usize,
  n: i32,
  counts: usize,
): bool {
  if (n <= FEW) {
    insertionSort<K>(keys, ids, n);
    return false;
  }
  memory.fill(counts, 0, <usize>(passes<K>() * DIGITS) << 2);
  let isSorted = true,
    before: u64 = 0;
  for (let i = 0; i < n; i++) {
    const key = <u64>load<K>(at<K>(keys, i));
    for (let pass = 0; pass < passes<K>(); pass++) {
      const place = counts + ((<usize>(pass * DIGITS) + digit(key, pass)) << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
    if (key < before) isSorted = false;
    before = key;
  }
  if (isSorted) return false;
  let from = keys,
    to = otherKeys,
    fromIds = ids,
    toIds = otherIds;
  for (let pass = 0; pass < passes<K>(); pass++) {
    const own = counts + (<usize>(pass * DIGITS) << 2);
    // All keys have the same digit.
    if (load<u32>(own + (digit(<u64>load<K>(from), pass) << 2)) == <u32>n) continue;
    let sum: u32 = 0;
    for (let d: usize = 0; d < <usize>DIGITS; d++) {
      const count = load<u32>(own + (d << 2));
      store<u32>(own + (d << 2), sum);
      sum += count;
    }
    if (ids == 0)
      for (let i = 0; i < n; i++) {
        const key = <u64>load<K>(at<K>(from, i)),
          place = own + (digit(key, pass) << 2),
          next = load<u32>(place);
        store<K>(at<K>(to, next), <K>key);
        store<u32>(place, next + 1);
      }
    else
      for (let i = 0; i < n; i++) {
        const key = <u64>load<K>(at<K>(from, i)),
          place = own + (digit(key, pass) << 2),
          next = load<u32>(place);
        store<K>(at<K>(to, next), <K>key);
        store<u32>(at<u32>(toIds, next), load<u32>(at<u32>(fromIds, i)));
        store<u32>(place, next + 1);
      }
    const swap = from,
      swapIds = fromIds;
    from = to;
    to = swap;
    fromIds = toIds;
    toIds = swapIds;
  }
  return from != keys;
}

function insertionSort<K>(keys: usize, ids: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    const key = <u64>load<K>(at<K>(keys, i)),
      id: u32 = ids == 0 ? 0 : load<u32>(at<u32>(ids, i));
    let k = i;
    for (; k > 0 && <u64>load<K>(at<K>(keys, k - 1)) > key; k--) {
      store<K>(at<K>(keys, k), load<K>(at<K>(keys, k - 1)));
      if (ids != 0) store<u32>(at<u32>(ids, k), load<u32>(at<u32>(ids, k - 1)));
    }
    store<K>(at<K>(keys, k), <K>key);
    if (ids != 0) store<u32>(at<u32>(ids, k), id);
  }
}

/** The first of sorted keys in [low, high) that is no less than `key`. */
// @ts-ignore: decorator
@inline
export function lowerBound<K>(keys: usize, low: u32, high: u32, key: u64): u32 {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (<u64>load<K>(at<K>(keys, middle)) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Where sorted blocks are to be cut so that `rank` keys lie before the cuts, all of which belong before the others: of equal
 * keys those of earlier blocks. The key at the rank is found bit by bit, while what may hold the cut gets shorter.
 * @param lows into which the cuts go, one a block
 * @param highs room for as many
 */
export function cutBlocks<K>(keys: usize, size: i32, n: i32, blocks: i32, rank: u32, lows: usize, highs: usize): void {
  for (let b = 0; b < blocks; b++) {
    store<u32>(at<u32>(lows, b), rank == <u32>n ? min(size, n - b * size) : 0);
    store<u32>(at<u32>(highs, b), min(size, n - b * size));
  }
  if (rank == <u32>n || rank == 0) return;
  let key: u64 = 0;
  for (let bit: u64 = sizeof<K>() == 8 ? 0x8000000000000000 : 0x80000000; bit != 0; bit >>= 1) {
    const candidate = key | bit;
    let less: u32 = 0;
    for (let b = 0; b < blocks; b++)
      less += lowerBound<K>(at<K>(keys, b * size), load<u32>(at<u32>(lows, b)), load<u32>(at<u32>(highs, b)), candidate);
    const isBefore = less <= rank;
    if (isBefore) key = candidate;
    for (let b = 0; b < blocks; b++) {
      const low = load<u32>(at<u32>(lows, b)),
        high = load<u32>(at<u32>(highs, b));
      if (low == high) continue;
      store<u32>(at<u32>(isBefore ? lows : highs, b), lowerBound<K>(at<K>(keys, b * size), low, high, candidate));
    }
  }
  let left = rank;
  for (let b = 0; b < blocks; b++) left -= load<u32>(at<u32>(lows, b));
  for (let b = 0; b < blocks && left > 0; b++) {
    // What is between low and high is equal to the key.
    const low = load<u32>(at<u32>(lows, b)),
      equal = min(left, load<u32>(at<u32>(highs, b)) - low);
    store<u32>(at<u32>(lows, b), low + equal);
    left -= equal;
  }
}
