/**
 * The allocator of users' kernels, in place of the compiler's `rt/stub`: the same functions, but every instance allocates
 * in an arena that the host gives it, and never grows the memory. The stock runtimes would give every worker
 * the same heap address.
 *
 *   begin    first                          sealed                       offset clean             limit
 *   | a line | made by top-level statements | made by the call under way | zero | as it was left |
 *
 * A call's memory is gone when it returns: the host resets the arena to the seal, and the bytes before the seal to their
 * content at that time. Numbers become texts in the first line: the library would have one such place for all workers.
 *
 * All memory that is handed out is zero, as the compiler's default runtime has it (but that of scratch). It is cleared in
 * steps, ahead of allocations: one comparison for each allocation finds both the end of clean memory and that of the arena,
 * and a step is in the cache when it is used. Constructors of the library need not clear anything then (src/compile/run.ts),
 * so that a program of small arrays takes 0.81 to 0.88 of the time that it took when they did, one of small objects 1.16.
 */
import { AL_MASK, OBJECT, OBJECT_OVERHEAD, BLOCK_MAXSIZE, BLOCK_OVERHEAD, BLOCK, OBJECT_MAXSIZE } from "./common";

// @ts-ignore: decorator
@inline const LINE: usize = 64;
/** The least number of bytes that are cleared at once. */
// @ts-ignore: decorator
@inline const STEP: usize = 4096;
/** Up to so many bytes are cleared without a call. Blocks, and so all memory given back, are multiples of 16 bytes. */
// @ts-ignore: decorator
@inline const LITTLE: usize = 256;

// @ts-ignore: decorator
@lazy let offset: usize = 0;
/** The memory from `offset` up to this address is zero. */
// @ts-ignore: decorator
@lazy let clean: usize = 0;
// @ts-ignore: decorator
@lazy let limit: usize = 0;
// @ts-ignore: decorator
@lazy let sealed: usize = 0;
/** The greatest `offset` from which this call went back. */
// @ts-ignore: decorator
@lazy let peak: usize = 0;
// @ts-ignore: decorator
@lazy let line: usize = 0;

/** The host gives this instance the arena [begin, end). Returns where the first block will begin. */
export function arenaBegin(begin: usize, end: usize): usize {
  line = begin;
  offset = ((begin + LINE + BLOCK_OVERHEAD + AL_MASK) & ~AL_MASK) - BLOCK_OVERHEAD;
  limit = end;
  clean = offset;
  return arenaSeal();
}

/** The host seals what has been allocated so far, which stays. Returns where it ends. */
export function arenaSeal(): usize {
  sealed = offset;
  peak = offset;
  return offset;
}

/** The host calls this after each call, whose memory goes. Returns the most bytes that the call had at once. */
export function arenaReset(): usize {
  backTo(sealed);
  const used = peak - sealed;
  peak = sealed;
  return used;
}

/** The 64 bytes in which this instance's util/number writes. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_line(): usize {
  return line;
}

/** The address of the next block, for allcores/assembly. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_mark(): usize {
  return offset;
}

/** Gives back all memory allocated since the mark. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_release(mark: usize): void {
  if (mark < sealed || mark > offset) throw new Error("release() takes what mark() returned in the same call");
  backTo(mark);
}

/** Allocates memory that is not cleared, for allcores/assembly. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_scratch(size: usize): usize {
  const start = offset;
  const ptr = start + BLOCK_OVERHEAD;
  const payloadSize = computeSize(size);
  const end = ptr + payloadSize;
  if (end > limit || end < start) throw new Error("the arena is full");
  if (end > clean) clean = end;
  offset = end;
  changetype<BLOCK>(start).mmInfo = payloadSize;
  return ptr;
}

function moveTo(newOffset: usize): void {
  // newOffset < offset: the address has wrapped at the end of the address space
  if (newOffset > clean || newOffset < offset) clear(newOffset);
  offset = newOffset;
}

/** Clears the memory up to newOffset, or a step if that is more. */
function clear(newOffset: usize): void {
  if (newOffset > limit || newOffset < offset) throw new Error("the arena is full");
  const end = min(limit, max(newOffset, clean + STEP));
  memory.fill(clean, 0, end - clean);
  clean = end;
}

/** Gives back the memory from here on: a little is cleared at once, more when it is handed out again. */
function backTo(newOffset: usize): void {
  const end = offset;
  offset = newOffset;
  if (end > peak) peak = end;
  if (end - newOffset > STEP) clean = newOffset;
  else if (end - newOffset > LITTLE) memory.fill(newOffset, 0, end - newOffset);
  else for (let at = newOffset; at < end; at += 16) v128.store(at, i64x2.splat(0)); // fill is a call out of the module
}

// @ts-ignore: decorator
@inline function computeSize(size: usize): usize {
  return ((size + BLOCK_OVERHEAD + AL_MASK) & ~AL_MASK) - BLOCK_OVERHEAD;
}

// @ts-ignore: decorator
@unsafe @global
export function __alloc(size: usize): usize {
  if (size > BLOCK_MAXSIZE) throw new Error("the arena is full");
  let block = changetype<BLOCK>(offset);
  let ptr = offset + BLOCK_OVERHEAD;
  let payloadSize = computeSize(size);
  moveTo(ptr + payloadSize);
  block.mmInfo = payloadSize;
  return ptr;
}

// @ts-ignore: decorator
@unsafe @global
export function __realloc(ptr: usize, size: usize): usize {
  assert(ptr != 0 && !(ptr & AL_MASK)); // must exist and be aligned
  let block = changetype<BLOCK>(ptr - BLOCK_OVERHEAD);
  let actualSize = block.mmInfo;
  let isLast = ptr + actualSize == offset;
  let payloadSize = computeSize(size);
  if (size > actualSize) {
    if (isLast) { // last block: grow
      if (size > BLOCK_MAXSIZE) throw new Error("the arena is full");
      moveTo(ptr + payloadSize);
      block.mmInfo = payloadSize;
    } else { // copy to new block at least double the size
      let newPtr = __alloc(max<usize>(payloadSize, actualSize << 1));
      memory.copy(newPtr, ptr, actualSize);
      block = changetype<BLOCK>((ptr = newPtr) - BLOCK_OVERHEAD);
    }
  } else {
    const isCut = isLast && ptr - BLOCK_OVERHEAD >= sealed; // last block: shrink
    memory.fill(ptr + size, 0, (isCut ? payloadSize : actualSize) - size); // zero for when the block grows again
    if (isCut) {
      backTo(ptr + payloadSize);
      block.mmInfo = payloadSize;
    }
  }
  return ptr;
}

// @ts-ignore: decorator
@unsafe @global
export function __free(ptr: usize): void {
  assert(ptr != 0 && !(ptr & AL_MASK)); // must exist and be aligned
  let block = changetype<BLOCK>(ptr - BLOCK_OVERHEAD);
  if (ptr + block.mmInfo == offset && ptr - BLOCK_OVERHEAD >= sealed) { // last block: discard
    backTo(changetype<usize>(block));
  }
}

// @ts-ignore: decorator
@unsafe @global
export function __reset(): void { // special
  backTo(sealed);
}

// @ts-ignore: decorator
@unsafe @global
export function __new(size: usize, id: u32): usize {
  if (size > OBJECT_MAXSIZE) throw new Error("the arena is full");
  let ptr = __alloc(OBJECT_OVERHEAD + size);
  let object = changetype<OBJECT>(ptr - BLOCK_OVERHEAD);
  object.gcInfo = 0;
  object.gcInfo2 = 0;
  object.rtId = id;
  object.rtSize = <u32>size;
  return ptr + OBJECT_OVERHEAD;
}

// @ts-ignore: decorator
@unsafe @global
export function __renew(oldPtr: usize, size: usize): usize {
  if (size > OBJECT_MAXSIZE) throw new Error("the arena is full");
  let newPtr = __realloc(oldPtr - OBJECT_OVERHEAD, OBJECT_OVERHEAD + size);
  changetype<OBJECT>(newPtr - BLOCK_OVERHEAD).rtSize = <u32>size;
  return newPtr + OBJECT_OVERHEAD;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(parentPtr: usize, childPtr: usize, expectMultiple: bool): void {
  // nop
}

// @ts-ignore: decorator
@global @unsafe
export function __pin(ptr: usize): usize {
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(ptr: usize): void {
  // nop
}

// @ts-ignore: decorator
@global @unsafe
function __visit(ptr: usize, cookie: u32): void { // eslint-disable-line @typescript-eslint/no-unused-vars
  // nop
}

// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {
  // nop
}
