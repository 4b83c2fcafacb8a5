/**
 * Which of a module's data segments none of its code writes, as far as its code shows: what is found changed there was
 * changed by another module. What may be written is left out, since counters must not be taken for damage.
 */
import { type Segment, takeStaticData } from "../memory/static-data.js";
import type { Addresses } from "./addresses.js";

/** An object in static data: int32 x 5 (bytes that follow, two of the collector's, class, bytes that are used), and what it holds. */
const HEADER = 20;
const CLASS_AT = 12;

/**
 * Where those segments begin: those of strings, whose units nothing changes, and of others those whose address goes
 * nowhere but into loads. Addresses in the data of others (lists of lists) go anywhere.
 * @param stringClass the id of the class of strings
 */
export function constantSegments(binary: Uint8Array, { stored, escaped }: Addresses, stringClass: number): number[] {
  const { segments } = takeStaticData(binary, "the module");
  const strings = segments.filter((segment) => isString(segment, stringClass));
  const others = segments.filter((segment) => !strings.includes(segment));
  const reached = [...stored, ...escaped, ...others.flatMap(wordsOf)];
  return [...untouched(strings, [...stored]), ...untouched(others, reached)].map(({ address }) => address);
}

function isString({ address, bytes }: Segment, stringClass: number): boolean {
  if (bytes.length < HEADER || (address + HEADER) % 16 !== 0) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(0, true) === bytes.length - 4 && view.getUint32(CLASS_AT, true) === stringClass;
}

/** What could be addresses in a segment. */
function wordsOf({ address, bytes }: Segment): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = -address & 3;
  return Array.from({ length: Math.max(0, (bytes.length - first) >> 2) }, (_, i) =>
    view.getUint32(first + 4 * i, true),
  );
}

/** Segments that no address lies in. */
function untouched(segments: readonly Segment[], addresses: readonly number[]): Segment[] {
  const sorted = Uint32Array.from(addresses).sort();
  return segments.filter(({ address, bytes }) => !hasBetween(sorted, address, address + bytes.length));
}

/** Whether a sorted list has a number from begin on, before end. */
function hasBetween(sorted: Uint32Array, begin: number, end: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < begin) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && (sorted[low] as number) < end;
}
