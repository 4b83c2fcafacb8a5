/**
 * Reads the parts that a Wasm module is made of. Every read is checked against the end of its section, so that malformed
 * bytes are a CompileError whatever they hold.
 */
import { CompileError } from "../errors.js";

const VALUE_TYPES = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
  112: "funcref",
  111: "externref",
} as const;
/** A value type of the Wasm type system. */
export type WasmType = (typeof VALUE_TYPES)[keyof typeof VALUE_TYPES];
/** Bytes with a position; nothing is ever read beyond `end`. */
export class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly label: string,
    public position = 0,
    private end = bytes.length,
  ) {}

  fail(what: string): never {
    throw new CompileError(`${this.label} is not a valid Wasm module: ${what} at byte ${this.position}`);
  }

  get done(): boolean {
    return this.position === this.end;
  }

  byte(): number {
    if (this.position >= this.end) this.fail("unexpected end");
    return this.bytes[this.position++] as number;
  }

  skip(count: number): void {
    if (count > this.end - this.position) this.fail("unexpected end");
    this.position += count;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (value >= 2 ** 32 || shift > 2 ** 28) this.fail("a number over 32 bits");
      if (byte < 128) return value;
    }
  }

  /** Skips a LEB128 of any sign, at most 64 bits (10 bytes). */
  skipNumber(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 128) return;
    this.fail("a number over 64 bits");
  }

  name(): string {
    const length = this.u32();
    const start = this.position;
    this.skip(length);
    // A copy: TextDecoder refuses views of shared memory.
    return new TextDecoder().decode(this.bytes.slice(start, this.position));
  }

  /** A LEB128 with a sign, of 32 bits, as an unsigned number. */
  i32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte >= 128) continue;
      if (shift < 28 && byte & 64) value |= -1 << (shift + 7);
      return value >>> 0;
    }
    return this.fail("a number over 32 bits");
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const start = this.position;
    this.skip(length);
    return this.bytes.subarray(start, this.position);
  }

  /** The bytes that are left. */
  rest(): Uint8Array {
    return this.take(this.end - this.position);
  }

  /** The next `length` bytes as a separate reader. */
  part(length: number): Reader {
    const start = this.position;
    this.skip(length);
    return new Reader(this.bytes, this.label, start, this.position);
  }

  /** A vector: every element takes a byte or more, so a wild count ends at the end of the section. */
  list<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let count = this.u32(); count > 0; count--) items.push(read());
    return items;
  }

  valueType(): WasmType {
    const byte = this.byte();
    return VALUE_TYPES[byte as keyof typeof VALUE_TYPES] ?? this.fail(`an unknown value type (0x${byte.toString(16)})`);
  }

  /** The flags of a memory or table: bit 0 says that there is a maximum, bit 1 that it is shared. */
  limits(): number {
    const flags = this.byte();
    if (flags > 7) this.fail("unknown limits");
    this.skipNumber();
    if (flags & 1) this.skipNumber();
    return flags;
  }

  /** Type of a global; true if it is mutable. */
  globalIsMutable(): boolean {
    this.valueType();
    return this.byte() === 1;
  }

  /** A constant expression, as after a global. */
  skipExpression(): void {
    for (;;) {
      const opcode = this.byte();
      if (opcode === 0x0b) return;
      if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23 || opcode === 0xd2 || opcode === 0xd0)
        this.skipNumber();
      else if (opcode === 0x43) this.skip(4);
      else if (opcode === 0x44) this.skip(8);
      else if (opcode === 0xfd && this.u32() === 12) this.skip(16);
      else if (!(opcode >= 0x6a && opcode <= 0x6c) && !(opcode >= 0x7c && opcode <= 0x7e))
        this.fail(`an unknown constant instruction (0x${opcode.toString(16)})`);
    }
  }
}
