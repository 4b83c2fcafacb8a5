/** JS kernels that the benches call. */
export const nothing = () => {};
