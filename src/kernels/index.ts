/** The built-in kernels: one line each. */
export * from "./fractal.js";
export * from "./fractal-options.js";
export * from "./pi.js";
export * from "./sum.js";
