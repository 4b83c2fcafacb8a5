/** Many strings, as `heap.texts` lays them out (src/memory/texts.ts): a header, the offsets, the units. */

/** Strings, which the kernel only reads. Indices are not checked. */
@unmanaged @final
export class Texts {
  /** How many texts there are. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return load<i32>(changetype<usize>(this));
  }

  /** How many units text i has. */
  // @ts-ignore: decorator
  @inline
  size(i: i32): i32 {
    return <i32>(this.offset(i + 1) - this.offset(i));
  }

  /** Unit k of text i: a UTF-16 code unit, also of Latin-1. */
  // @ts-ignore: decorator
  @inline
  unit(i: i32, k: i32): i32 {
    const at = this.offset(i) + <u32>k;
    return this.shift() == 0 ? <i32>load<u8>(this.units() + <usize>at) : <i32>load<u16>(this.units() + ((<usize>at) << 1));
  }

  /** Whether text i is text j of other texts, or of these. */
  equals(i: i32, other: Texts, j: i32): bool {
    const size = this.size(i);
    if (size != other.size(j)) return false;
    if (this.shift() == other.shift())
      return memory.compare(this.start(i), other.start(j), (<usize>size) << this.shift()) == 0;
    for (let k = 0; k < size; k++) if (this.unit(i, k) != other.unit(j, k)) return false;
    return true;
  }

  /** 0 for units of one byte (Latin-1), 1 for those of two (UTF-16). */
  // @ts-ignore: decorator
  @inline
  private shift(): usize {
    return load<u32>(changetype<usize>(this), 4);
  }

  // @ts-ignore: decorator
  @inline
  private offset(i: i32): u32 {
    return load<u32>(changetype<usize>(this) + ((<usize>i) << 2), 16);
  }

  // @ts-ignore: decorator
  @inline
  private units(): usize {
    return changetype<usize>(this) + load<u32>(changetype<usize>(this), 8);
  }

  private start(i: i32): usize {
    return this.units() + ((<usize>this.offset(i)) << this.shift());
  }
}
