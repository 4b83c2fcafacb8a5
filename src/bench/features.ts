/** The parts of WebAssembly that this Node runs, by tiny modules that are valid only where it knows the feature. */

/** A module of one function (no parameters, no result) over one memory with the given limits. */
function moduleOf(memoryLimits: number[], ...code: number[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[]) => [id, content.length, ...content];
  const body = [0, ...code, 0x0b]; // no locals; end
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, 1, 0x60, 0, 0), // one type: () -> ()
    ...section(3, 1, 0), // one function of that type
    ...section(5, 1, ...memoryLimits),
    ...section(10, 1, body.length, ...body),
  ]);
}

const PLAIN = [0, 1]; // at least one page
const SHARED = [3, 1, 1]; // shared, one page at least and at most
const ZERO = [0x41, 0]; // i32.const 0
const ZERO_VECTOR = [...ZERO, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const DROP = 0x1a;

const PROBES = {
  threads: moduleOf(SHARED, ...ZERO, 0xfe, 0x10, 2, 0, DROP), // i32.atomic.load
  simd: moduleOf(PLAIN, ...ZERO_VECTOR, DROP),
  "relaxed-simd": moduleOf(PLAIN, ...ZERO_VECTOR, ...ZERO_VECTOR, 0xfd, 0x80, 2, DROP), // i8x16.relaxed_swizzle
  "bulk-memory": moduleOf(PLAIN, ...ZERO, ...ZERO, ...ZERO, 0xfc, 0x0b, 0), // memory.fill
  "sign-extension": moduleOf(PLAIN, ...ZERO, 0xc0, DROP), // i32.extend8_s
  "tail-calls": moduleOf(PLAIN, 0x12, 0), // return_call 0
};

/** Each feature by name, and whether it validates here. */
export function wasmFeatures(): Record<keyof typeof PROBES, boolean> {
  const found = Object.entries(PROBES).map(([name, module]) => [name, WebAssembly.validate(module)]);
  return Object.fromEntries(found) as Record<keyof typeof PROBES, boolean>;
}
