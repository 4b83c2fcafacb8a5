/**
 * What is known of an array beside its address: where it ends, how many elements an item has, and in checked builds which
 * array it is. The compiler of this package follows it from where an array is made to the calls of the functions below, and
 * puts it in place of their zeros (src/compile/array-flow.ts). An array that is never asked costs nothing.
 */

/** Whether indices are checked: true in a checked build (src/compile/run.ts). */
// @ts-ignore: decorator
@inline export const CHECKED: bool = false;

/** The address behind an array's last element. */
export function endOf(array: usize, end: usize = 0): usize {
  return end;
}

/** Elements an item of a Rows has, or a block of a Blocks. */
export function widthOf(array: usize, width: i32 = 0): i32 {
  return width;
}

/** The `bytes` from an address on, as an array of their own. */
export function part(address: usize, bytes: usize): usize {
  return address;
}

/** Says that an access was out of bounds, and never returns. Bytes; from the array's start where they are places. */
// @ts-ignore: decorator
@external("env", "outside")
declare function outside(site: i32, array: i32, at: f64, from: f64, to: f64, length: f64): void;

/**
 * The address of element i, which may be the one behind the last. An array 0 is one that is not known: it is looked up.
 * @param array which one it is, by its number in the module's metadata
 */
export function checkedAt(pointer: usize, i: i32, shift: i32, start: usize = 0, end: usize = 0, array: i32 = 0, site: i32 = 0): usize {
  const address = <i64>pointer + ((<i64>i) << shift);
  if (array == 0) lookUp(pointer, address, 0, false, site);
  else if (address < <i64>start || address > <i64>end) report(address, start, end, start, end, array, site);
  return <usize>address;
}

/** The address of element i, for a load or store of it. A store has to be within [from, to), the elements of the call's items. */
export function checkedElement(
  pointer: usize, i: i32, shift: i32, isStore: bool,
  start: usize = 0, end: usize = 0, from: usize = 0, to: usize = 0, array: i32 = 0, site: i32 = 0,
): usize {
  const address = <i64>pointer + ((<i64>i) << shift);
  if (array != 0) checkAccess(address, 1 << shift, isStore, start, end, from, to, array, site);
  else lookUp(pointer, address, 1 << shift, isStore, site);
  return <usize>address;
}

/** `bytes` from an address on, that `memory.copy` or `memory.fill` is about to read or write. */
export function checkedSpan(
  address: usize, bytes: usize, isStore: bool,
  start: usize, end: usize, from: usize, to: usize, array: i32, site: i32,
): void {
  if (bytes == 0) return;
  if (array != 0) checkAccess(<i64>address, <i64>bytes, isStore, start, end, from, to, array, site);
  else lookUp(address, <i64>address, <i64>bytes, isStore, site);
}

/** An address that is about to be used for `bytes` bytes at `offset`: by `load`, `store`, `v128.load`, `atomic.add`, ... */
export function checkedAccess(
  address: usize, offset: usize, bytes: i32, isStore: bool,
  start: usize, end: usize, from: usize, to: usize, array: i32, site: i32,
): usize {
  if (array != 0) checkAccess(<i64>address + <i64>offset, bytes, isStore, start, end, from, to, array, site);
  else lookUp(address, <i64>address + <i64>offset, bytes, isStore, site);
  return address;
}

// @ts-ignore: decorator
@inline
function checkAccess(address: i64, bytes: i64, isStore: bool, start: usize, end: usize, from: usize, to: usize, array: i32, site: i32): void {
  const behind = address + bytes;
  if (address < <i64>start || behind > <i64>end) reportIn(address, start, end, start, end, array, site);
  if (isStore && (address < <i64>from || behind > <i64>to)) reportIn(address, start, end, from, to, array, site);
}

/** An access at the address went beyond [from, to): what is reported is its first element outside. */
function reportIn(address: i64, start: usize, end: usize, from: usize, to: usize, array: i32, site: i32): void {
  report(address < <i64>from ? address : max(address, <i64>to), start, end, from, to, array, site);
}

/** Looks among the arrays of the call for an access by a pointer that was not followed (src/compile/array-kernels.ts). */
function lookUp(pointer: usize, address: i64, bytes: i64, isStore: bool, site: i32): void {}

/** Whether an access is right for an array. */
export function fits(
  pointer: usize, address: i64, bytes: i64, isStore: bool, site: i32,
  start: usize, end: usize, from: usize, to: usize, array: i32,
): bool {
  const behind = address + bytes;
  if (address < <i64>start || behind > <i64>end) return false;
  return !isStore || (address >= <i64>from && behind <= <i64>to);
}

/** Says that an access is wrong if the pointer lies in the array. */
export function refuse(
  pointer: usize, address: i64, bytes: i64, isStore: bool, site: i32,
  start: usize, end: usize, from: usize, to: usize, array: i32,
): void {
  if (pointer >= start && pointer < end) checkAccess(address, bytes, isStore, start, end, from, to, array, site);
}

/** At the address, while [from, to) was allowed of the array [start, end). */
function report(address: i64, start: usize, end: usize, from: usize, to: usize, array: i32, site: i32): void {
  const origin = <i64>start;
  outside(site, array, <f64>(address - origin), <f64>(<i64>from - origin), <f64>(<i64>to - origin), <f64>(<i64>end - origin));
}

/** Where the elements of an item begin, and those of the items before it end; `bytes`: of an item, 0 for the array's ends. */
export function boundary(start: usize, end: usize, item: i64, bytes: i32, isEnd: bool): usize {
  if (bytes == 0) return isEnd ? end : start;
  return <usize>min(<i64>end, <i64>start + item * <i64><u32>bytes);
}
