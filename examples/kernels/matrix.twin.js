// The JS twin of assembly/matrix.ts, with the loops in the order that goes through memory line by line: each sum still
// goes from the first product to the last, so results are the same to the last bit.

/** One row of c = a * b an item: a has `inner` columns, b has `inner` rows of `columns`. */
export function multiply(begin, end, inner, columns, a, b, c) {
  for (let row = begin; row < end; row++) {
    const at = row * columns;
    for (let column = 0; column < columns; column++) c[at + column] = 0;
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k];
      for (let column = 0; column < columns; column++) c[at + column] += factor * b[k * columns + column];
    }
  }
}
