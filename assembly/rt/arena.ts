/**
 * The allocator of users' kernels, in place of the compiler's `rt/stub`: the same functions, but every instance allocates
 * in an arena that the host gives it, and never grows the memory. The stock runtimes would give every worker
 * the same heap address.
 *
 *   begin    first                          sealed                       offset clean             limit
 *   | a line | made by top-level statements | made by the call under way | zero | as it was left |
 *
 * What a call allocates is gone when it returns: the host resets the arena to the seal, and what lies before it to what it
 * was then. The first line is where numbers become texts: the library would have one such place for all workers.
 *
 * All memory that is handed out is zero, as the compiler's default runtime has it (but that of scratch). It is cleared in
 * steps, ahead of what is asked for: one comparison an allocation finds both the end of what is clear and that of the arena,
 * and a step is in the cache when it is used. Constructors of the library need not clear anything then (src/compile/run.ts),
 * so that a program of small arrays takes 0.81 to 0.88 of the time that it took when they did, one of small objects 1.16.
 */
import { AL_MASK, OBJECT, OBJECT_OVERHEAD, BLOCK_MAXSIZE, BLOCK_OVERHEAD, BLOCK, OBJECT_MAXSIZE } from "./common";

// @ts-ignore: decorator
@inline const LINE: usize = 64;
/** Bytes that are cleared ahead of what is asked for. */
// @ts-ignore: decorator
@inline const STEP: usize = 4096;
/** Bytes that are cleared without a call. Blocks, and so all that is given back, are whole multiples of 16. */
// @ts-ignore: decorator
@inline const LITTLE: usize = 256;

// @ts-ignore: decorator
@lazy let offset: usize = 0;
/** Up to here the memory from `offset` on is zero. */
// @ts-ignore: decorator
@lazy let clean: usize = 0;
// @ts-ignore: decorator
@lazy let limit: usize = 0;
// @ts-ignore: decorator
@lazy let sealed: usize = 0;
/** The greatest `offset` that this call has left behind. */
// @ts-ignore: decorator
@lazy let peak: usize = 0;
// @ts-ignore: decorator
@lazy let line: usize = 0;

/** The host: this instance allocates in [begin, end). Returns where its first block will be. */
export function arenaBegin(begin: usize, end: usize): usize {
  line = begin;
  offset = ((begin + LINE + BLOCK_OVERHEAD + AL_MASK) & ~AL_MASK) - BLOCK_OVERHEAD;
  limit = end;
  clean = offset;
  return arenaSeal();
}

/** The host: what has been allocated so far stays. Returns where it ends. */
export function arenaSeal(): usize {
  sealed = offset;
  peak = offset;
  return offset;
}

/** The host, after each call: the rest goes. Returns the most bytes that the call had at once. */
export function arenaReset(): usize {
  backTo(sealed);
  const used = peak - sealed;
  peak = sealed;
  return used;
}

/** 64 bytes of this instance: for the library's util/number. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_line(): usize {
  return line;
}

/** Where the next block would begin: for allcores/assembly. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_mark(): usize {
  return offset;
}

/** Everything allocated since the mark goes. */
// @ts-ignore: decorator
@unsafe @global
export function __arena_release(mark: usize): void {
  if (mark < sealed || mark > offset) throw new Error("release() takes what mark() returned in the same call");
  backTo(mark);
}

/** Memory as it was left: for allcores/assembly. */
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
  // newOffset < offset: beyond the end of the address space, and around it
  if (newOffset > clean || newOffset < offset) clear(newOffset);
  offset = newOffset;
}

/** Clears the memory up to what is asked for, a step at least. */
function clear(newOffset: usize): void {
  if (newOffset > limit || newOffset < offset) throw new Error("the arena is full");
  const end = min(limit, max(newOffset, clean + STEP));
  memory.fill(clean, 0, end - clean);
  clean = end;
}

/** What lies from here on is given back: cleared at once if it is little, or when it is handed out again. */
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
