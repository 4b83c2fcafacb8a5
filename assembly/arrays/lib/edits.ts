/**
 * Distances between texts, many units of the query at once (Myers, "A fast bit-vector algorithm for approximate string
 * matching", 1999; with swaps and in blocks: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
 * distances", 2003). A mask has the bits of the query's units that are one unit; `words` of them for each.
 */

/** Where the masks of a unit begin: units of texts of bytes have their own, others those of their symbol, 0 for none. */
// @ts-ignore: decorator
@inline
function masksOf<T>(masks: usize, symbols: usize, words: i32, at: usize): usize {
  const unit = <usize>load<T>(at);
  const row = sizeof<T>() == 1 ? unit : <usize>load<u16>(symbols + (unit << 1));
  return masks + row * ((<usize>words) << 3);
}

// @ts-ignore: decorator
@inline
function bytes<T>(length: i32): usize {
  return (<usize>length) << alignof<T>();
}

/** The last element of a column, which begins with the text's length: by the differences down the query's units. */
// @ts-ignore: decorator
@inline
function lastOf(length: i32, vp: u64, vn: u64, m: i32): i32 {
  const own = u64.MAX_VALUE >> <u64>(64 - m);
  return length + <i32>popcnt(vp & own) - <i32>popcnt(vn & own);
}

/** Of a query of 1 to 64 units. @param swaps whether to swap two neighbours is one edit */
// @ts-ignore: decorator
@inline
export function shortEdits<T>(swaps: bool, text: usize, length: i32, masks: usize, symbols: usize, m: i32): i32 {
  const end = text + bytes<T>(length);
  let vp: u64 = u64.MAX_VALUE,
    vn: u64 = 0,
    d0: u64 = 0,
    before: u64 = 0;
  for (let at = text; at < end; at += sizeof<T>()) {
    const eq = load<u64>(masksOf<T>(masks, symbols, 1, at));
    const swapped: u64 = swaps ? ((~d0 & eq) << 1) & before : 0;
    d0 = (((eq & vp) + vp) ^ vp) | eq | vn | swapped;
    before = eq;
    const hp = ((vn | ~(d0 | vp)) << 1) | 1;
    vp = ((d0 & vp) << 1) | ~(d0 | hp);
    vn = hp & d0;
  }
  return lastOf(length, vp, vn, m);
}

/**
 * Of two texts, one after the other in memory, in turns: neither waits for its own last step.
 * @returns the second's distance by 2^32 + the first's
 */
// @ts-ignore: decorator
@inline
export function twoShortEdits<T>(text: usize, length: i32, otherLength: i32, masks: usize, symbols: usize, m: i32): u64 {
  const other = bytes<T>(length),
    end = text + other,
    otherEnd = end + bytes<T>(otherLength),
    both = text + bytes<T>(min(length, otherLength));
  let vp: u64 = u64.MAX_VALUE,
    vn: u64 = 0,
    vp2: u64 = u64.MAX_VALUE,
    vn2: u64 = 0,
    at = text;
  for (; at < both; at += sizeof<T>()) {
    const eq = load<u64>(masksOf<T>(masks, symbols, 1, at)),
      eq2 = load<u64>(masksOf<T>(masks, symbols, 1, at + other)),
      d0 = (((eq & vp) + vp) ^ vp) | eq | vn,
      d02 = (((eq2 & vp2) + vp2) ^ vp2) | eq2 | vn2,
      hp = ((vn | ~(d0 | vp)) << 1) | 1,
      hp2 = ((vn2 | ~(d02 | vp2)) << 1) | 1;
    vp = ((d0 & vp) << 1) | ~(d0 | hp);
    vn = hp & d0;
    vp2 = ((d02 & vp2) << 1) | ~(d02 | hp2);
    vn2 = hp2 & d02;
  }
  for (let rest = at; rest < end; rest += sizeof<T>()) {
    const eq = load<u64>(masksOf<T>(masks, symbols, 1, rest)),
      d0 = (((eq & vp) + vp) ^ vp) | eq | vn,
      hp = ((vn | ~(d0 | vp)) << 1) | 1;
    vp = ((d0 & vp) << 1) | ~(d0 | hp);
    vn = hp & d0;
  }
  for (let rest = at + other; rest < otherEnd; rest += sizeof<T>()) {
    const eq = load<u64>(masksOf<T>(masks, symbols, 1, rest)),
      d0 = (((eq & vp2) + vp2) ^ vp2) | eq | vn2,
      hp = ((vn2 | ~(d0 | vp2)) << 1) | 1;
    vp2 = ((d0 & vp2) << 1) | ~(d0 | hp);
    vn2 = hp & d0;
  }
  return ((<u64>lastOf(otherLength, vp2, vn2, m)) << 32) | <u64>lastOf(length, vp, vn, m);
}

/**
 * Of a query of any length, in words that carry into each other.
 * @param state room for 4 words for each of the query's
 * @param most what the distance may be: of a greater one it is but said that it is
 */
export function longEdits<T>(
  swaps: bool,
  text: usize,
  length: i32,
  masks: usize,
  symbols: usize,
  m: i32,
  state: usize,
  most: f64,
): i32 {
  const words = (m + 63) >> 6,
    top = <u64>((m - 1) & 63);
  let score = m;
  for (let w: usize = 0; w < <usize>words; w++) {
    const own = state + (w << 5);
    store<u64>(own, u64.MAX_VALUE);
    store<u64>(own, 0, 8);
    store<u64>(own, 0, 16);
    store<u64>(own, 0, 24);
  }
  for (let j = 0; j < length; j++) {
    const eqs = masksOf<T>(masks, symbols, words, text + bytes<T>(j));
    let up: u64 = 1,
      down: u64 = 0,
      d0Left: u64 = 0,
      eqLeft: u64 = 0;
    for (let w: usize = 0; w < <usize>words; w++) {
      const own = state + (w << 5),
        vp = load<u64>(own),
        vn = load<u64>(own, 8),
        d0Before = load<u64>(own, 16),
        eq = load<u64>(eqs + (w << 3)),
        x = eq | down;
      let d0 = (((x & vp) + vp) ^ vp) | x | vn;
      if (swaps) {
        // Of the first column there is none before.
        const last: u64 = w > 0 && j > 0 ? (~d0Left & eqLeft) >> 63 : 0;
        d0 |= (((~d0Before & eq) << 1) | last) & load<u64>(own, 24);
      }
      let hp = vn | ~(d0 | vp),
        hn = d0 & vp;
      if (w == <usize>words - 1) score += <i32>((hp >> top) & 1) - <i32>((hn >> top) & 1);
      const nextUp = hp >> 63,
        nextDown = hn >> 63;
      hp = (hp << 1) | up;
      hn = (hn << 1) | down;
      up = nextUp;
      down = nextDown;
      store<u64>(own, hn | ~(d0 | hp));
      store<u64>(own, hp & d0, 8);
      store<u64>(own, d0, 16);
      store<u64>(own, eq, 24);
      d0Left = d0Before;
      eqLeft = eq;
    }
    // Each unit that is left makes it less by one at most.
    if (<f64>(score - (length - j - 1)) > most) return i32.MAX_VALUE;
  }
  return score;
}

/**
 * 1 - similarity (Winkler, "String comparator metrics and enhanced decision rules in the Fellegi-Sunter model of record
 * linkage", 1990): of a similarity above 0.7, up to four first units that are the same count a tenth of what is left each.
 * @param taken room for as many words as the query has
 * @param matched room for the query's units
 */
export function jaroWinkler<T>(
  text: usize,
  length: i32,
  masks: usize,
  symbols: usize,
  query: usize,
  m: i32,
  taken: usize,
  matched: usize,
): f64 {
  if (m == 0 || length == 0) return m == length ? 0 : 1;
  const words = (m + 63) >> 6,
    reach = max(0, (max(m, length) >> 1) - 1);
  memory.fill(taken, 0, (<usize>words) << 3);
  let count: usize = 0;
  for (let j = 0; j < min(length, m + reach); j++) {
    const at = text + bytes<T>(j),
      eqs = masksOf<T>(masks, symbols, words, at),
      low = max(0, j - reach),
      high = min(m - 1, j + reach);
    for (let w = low >> 6; w <= high >> 6; w++) {
      const own = taken + ((<usize>w) << 3);
      let free = load<u64>(eqs + ((<usize>w) << 3)) & ~load<u64>(own);
      if (w == low >> 6) free &= u64.MAX_VALUE << <u64>(low & 63);
      if (w == high >> 6) free &= u64.MAX_VALUE >> <u64>(63 - (high & 63));
      if (free == 0) continue;
      store<u64>(own, load<u64>(own) | (free & (0 - free)));
      store<u16>(matched + (count << 1), <u16>load<T>(at));
      count++;
      break;
    }
  }
  if (count == 0) return 1;
  let moved = 0,
    next = matched;
  for (let w: usize = 0; w < <usize>words; w++)
    for (let bits = load<u64>(taken + (w << 3)); bits != 0; bits &= bits - 1) {
      const i = (w << 6) + <usize>ctz(bits);
      if (load<u16>(query + (i << 1)) != load<u16>(next)) moved++;
      next += 2;
    }
  const same = <f64>count;
  let similarity = (same / <f64>m + same / <f64>length + (same - <f64>(moved >> 1)) / same) / 3;
  if (similarity > 0.7) {
    let prefix = 0;
    while (
      prefix < min(4, min(m, length)) &&
      load<u16>(query + ((<usize>prefix) << 1)) == <u16>load<T>(text + bytes<T>(prefix))
    )
      prefix++;
    similarity += <f64>prefix * 0.1 * (1 - similarity);
  }
  return 1 - similarity;
}
