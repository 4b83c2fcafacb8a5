/**
 * Stages of a Fourier transform that sorts itself (Stockham). An element is 32 bytes: real parts of as many columns as a
 * vector has lanes, then their imaginary parts, so that no lane ever meets another.
 */

// @ts-ignore: decorator
@inline
function splat<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

/** Stores (re, im) times the root of unity at `root`. */
// @ts-ignore: decorator
@inline
function turned<T>(to: usize, re: v128, im: v128, root: usize): void {
  const c = splat<T>(root),
    s = splat<T>(root + sizeof<T>());
  v128.store(to, v128.sub<T>(v128.mul<T>(re, c), v128.mul<T>(im, s)));
  v128.store(to, v128.add<T>(v128.mul<T>(re, s), v128.mul<T>(im, c)), 16);
}

/**
 * A stage of radix 4: y[q + s * (4 * p + i)] of x[q + s * (p + m * j)].
 * @param roots cos, sin of -2 pi k / (4 * m * s)
 */
// @ts-ignore: decorator
@inline
export function four<T>(x: usize, y: usize, roots: usize, m: usize, s: usize): void {
  const apart = m * s * 32,
    step = s * 32;
  for (let p: usize = 0; p < m; p++) {
    const w = (p * s * 2) << alignof<T>(),
      last = x + p * step + step;
    let to = y + 4 * p * step;
    for (let from = x + p * step; from < last; from += 32, to += 32) {
      const a = v128.load(from),
        ai = v128.load(from, 16),
        b = v128.load(from + apart),
        bi = v128.load(from + apart, 16),
        c = v128.load(from + 2 * apart),
        ci = v128.load(from + 2 * apart, 16),
        d = v128.load(from + 3 * apart),
        di = v128.load(from + 3 * apart, 16);
      const even = v128.add<T>(a, c),
        evenI = v128.add<T>(ai, ci),
        odd = v128.add<T>(b, d),
        oddI = v128.add<T>(bi, di),
        less = v128.sub<T>(a, c),
        lessI = v128.sub<T>(ai, ci),
        rest = v128.sub<T>(b, d),
        restI = v128.sub<T>(bi, di);
      v128.store(to, v128.add<T>(even, odd));
      v128.store(to, v128.add<T>(evenI, oddI), 16);
      turned<T>(to + step, v128.add<T>(less, restI), v128.sub<T>(lessI, rest), roots + w);
      turned<T>(to + 2 * step, v128.sub<T>(even, odd), v128.sub<T>(evenI, oddI), roots + 2 * w);
      turned<T>(to + 3 * step, v128.sub<T>(less, restI), v128.add<T>(lessI, rest), roots + 3 * w);
    }
  }
}

/** A stage of radix 2. */
// @ts-ignore: decorator
@inline
export function two<T>(x: usize, y: usize, roots: usize, m: usize, s: usize): void {
  const apart = m * s * 32,
    step = s * 32;
  for (let p: usize = 0; p < m; p++) {
    const w = (p * s * 2) << alignof<T>(),
      last = x + p * step + step;
    let to = y + 2 * p * step;
    for (let from = x + p * step; from < last; from += 32, to += 32) {
      const a = v128.load(from),
        ai = v128.load(from, 16),
        b = v128.load(from + apart),
        bi = v128.load(from + apart, 16);
      v128.store(to, v128.add<T>(a, b));
      v128.store(to, v128.add<T>(ai, bi), 16);
      turned<T>(to + step, v128.sub<T>(a, b), v128.sub<T>(ai, bi), roots + w);
    }
  }
}

/**
 * A stage of an odd radix: sums and differences of elements that mirror each other have cosines and sines alone.
 * @param room for `radix` elements
 */
// @ts-ignore: decorator
@inline
export function odd<T>(radix: usize, x: usize, y: usize, roots: usize, m: usize, s: usize, room: usize): void {
  const apart = m * s * 32,
    step = s * 32,
    half = radix / 2,
    turn = (m * s * 2) << alignof<T>();
  for (let p: usize = 0; p < m; p++) {
    const w = (p * s * 2) << alignof<T>();
    for (let q: usize = 0; q < step; q += 32) {
      const from = x + p * step + q,
        to = y + radix * p * step + q,
        a = v128.load(from),
        ai = v128.load(from, 16);
      let sum = a,
        sumI = ai;
      for (let j: usize = 1; j <= half; j++) {
        const b = v128.load(from + j * apart),
          bi = v128.load(from + j * apart, 16),
          c = v128.load(from + (radix - j) * apart),
          ci = v128.load(from + (radix - j) * apart, 16),
          plus = v128.add<T>(b, c),
          plusI = v128.add<T>(bi, ci);
        sum = v128.add<T>(sum, plus);
        sumI = v128.add<T>(sumI, plusI);
        v128.store(room + j * 64, plus, 0);
        v128.store(room + j * 64, plusI, 16);
        v128.store(room + j * 64, v128.sub<T>(b, c), 32);
        v128.store(room + j * 64, v128.sub<T>(bi, ci), 48);
      }
      v128.store(to, sum);
      v128.store(to, sumI, 16);
      for (let i: usize = 1; i <= half; i++) {
        let re = a,
          im = ai,
          across = i64x2.splat(0),
          acrossI = across;
        for (let j: usize = 1, k = i; j <= half; j++) {
          const c = splat<T>(roots + k * turn),
            sine = splat<T>(roots + k * turn + sizeof<T>());
          re = v128.add<T>(re, v128.mul<T>(c, v128.load(room + j * 64)));
          im = v128.add<T>(im, v128.mul<T>(c, v128.load(room + j * 64, 16)));
          across = v128.add<T>(across, v128.mul<T>(sine, v128.load(room + j * 64, 32)));
          acrossI = v128.add<T>(acrossI, v128.mul<T>(sine, v128.load(room + j * 64, 48)));
          k += i;
          if (k >= radix) k -= radix;
        }
        turned<T>(to + i * step, v128.sub<T>(re, acrossI), v128.add<T>(im, across), roots + i * w);
        turned<T>(to + (radix - i) * step, v128.add<T>(re, acrossI), v128.sub<T>(im, across), roots + (radix - i) * w);
      }
    }
  }
}
