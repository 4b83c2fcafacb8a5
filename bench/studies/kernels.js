/** JS kernels that the benches call. */
export const nothing = () => {};

/** Fills its part of an array. */
export const fill = (begin, end, array) => void array.fill(begin, begin, end);
