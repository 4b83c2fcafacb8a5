/** A process that compiles a few kernels would take a third of its processor time to optimise the compiler: a flag of Node's. */
export const SHORT_PROGRAM = "--wasm-tiering-budget=72000000";
