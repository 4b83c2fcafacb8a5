/**
 * The data segments that none of a module's code writes, as far as the code shows: another module made any change found
 * there. A segment that the code may write is left out, since a counter must not be taken for damage.
 */
import { type Segment, takeStaticData } from "../memory/static-data.js";
import type { Addresses } from "./addresses.js";

/** An object in static data: int32 x 5 (bytes that follow, two for the collector, class, bytes in use), then its content. */
const HEADER = 20;
const CLASS_AT = 12;

/**
 * The addresses of those segments: of strings, whose units no code changes, and of others whose address goes into loads
 * alone. An address in another segment's data (a list of lists) may go anywhere.
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

/** The words of a segment, each of which could be an address. */
function wordsOf({ address, bytes }: Segment): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = -address & 3;
  return Array.from({ length: Math.max(0, (bytes.length - first) >> 2) }, (_, i) =>
    view.getUint32(first + 4 * i, true),
  );
}

/** The segments in which none of the addresses lies. */
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
