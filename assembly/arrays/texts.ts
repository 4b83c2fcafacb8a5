/** Texts that are nearest to a query: each block keeps its best. */
import { Ptr, Rows, scratch, Whole } from "allcores/assembly";
import { keep } from "./lib/best";
import { jaroWinkler, longEdits, shortEdits, twoShortEdits } from "./lib/edits";

const LEVENSHTEIN = 0;
const OSA = 1;
const JARO_WINKLER = 2;

// @ts-ignore: decorator
@inline
function search<T>(
  metric: i32,
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<T>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  const m = query.length,
    words = (m + 63) >> 6,
    state = scratch<u64>(4 * words).at(0),
    matched = scratch<u16>(m).at(0),
    eqs = masks.at(0),
    rows = symbols.at(0);
  // What k texts before are at most as far as: others that are as far need not be kept.
  let worst: f64 = Infinity;
  for (let i = begin; i < end; i++) {
    const first = i * size,
      last = min(n, first + size),
      to = keys.at(i * k),
      idsTo = ids.at(i * k);
    let count = 0;
    for (let t = first; t < last; ) {
      const text = units.at(offsets[t]),
        length = <i32>(offsets[t + 1] - offsets[t]),
        isPair = metric == LEVENSHTEIN && words == 1 && t + 1 < last,
        otherLength = isPair ? <i32>(offsets[t + 2] - offsets[t + 1]) : 0;
      let distance: f64 = 0,
        other: f64 = Infinity;
      if (metric == JARO_WINKLER) distance = jaroWinkler<T>(text, length, eqs, rows, query.at(0), m, state, matched);
      else {
        const least = <f64>abs(length - m),
          isNear = least <= limit && least < worst;
        let isOtherNear = false;
        if (isPair) {
          const otherLeast = <f64>abs(otherLength - m);
          isOtherNear = otherLeast <= limit && otherLeast < worst;
        }
        if (!isNear && !isOtherNear) distance = Infinity;
        else if (isNear && isOtherNear) {
          const both = twoShortEdits<T>(text, length, otherLength, eqs, rows, m);
          distance = <f64>(both & 0xffffffff);
          other = <f64>(both >> 32);
        } else if (isPair) {
          const one = <f64>shortEdits<T>(
            false,
            isNear ? text : units.at(offsets[t + 1]),
            isNear ? length : otherLength,
            eqs,
            rows,
            m,
          );
          distance = isNear ? one : Infinity;
          other = isNear ? Infinity : one;
        } else if (m == 0) distance = <f64>length;
        else if (words == 1) distance = <f64>shortEdits<T>(metric == OSA, text, length, eqs, rows, m);
        else distance = <f64>longEdits<T>(metric == OSA, text, length, eqs, rows, m, state, min(limit, worst));
      }
      if (distance <= limit && distance < worst) {
        count = keep(to, idsTo, count, k, -distance, t);
        if (count == k) worst = min(worst, -load<f64>(to));
      }
      t++;
      if (!isPair) continue;
      if (other <= limit && other < worst) {
        count = keep(to, idsTo, count, k, -other, t);
        if (count == k) worst = min(worst, -load<f64>(to));
      }
      t++;
    }
    counts[i] = count;
  }
}

export function levenshtein_uint8(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u8>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u8>(LEVENSHTEIN, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}

export function levenshtein_uint16(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u16>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u16>(LEVENSHTEIN, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}

export function osa_uint8(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u8>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u8>(OSA, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}

export function osa_uint16(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u16>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u16>(OSA, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}

export function jaroWinkler_uint8(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u8>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u8>(JARO_WINKLER, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}

export function jaroWinkler_uint16(
  begin: i32,
  end: i32,
  size: i32,
  n: i32,
  k: i32,
  limit: f64,
  units: Whole<u16>,
  offsets: Whole<u32>,
  symbols: Whole<u16>,
  masks: Whole<u64>,
  query: Whole<u16>,
  keys: Rows<f64>,
  ids: Rows<u32>,
  counts: Ptr<u32>,
): void {
  search<u16>(JARO_WINKLER, begin, end, size, n, k, limit, units, offsets, symbols, masks, query, keys, ids, counts);
}
