/**
 * Readers of values on the command line: 1e9, 10_000_000, 3000x4000, -1.5:0, 2GiB, 2.5s. Their errors say what is allowed;
 * commander puts the option's name and the value in front.
 */
import { InvalidArgumentError } from "commander";

const WHOLE = /^([+-]?)(\d+(?:_\d+)*)(?:\.(\d*))?(?:e\+?(\d{1,3}))?$/i;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The exact value of a whole number, undefined for anything else: Number("9007199254740991.4") would be whole. */
function exactInteger(text: string): bigint | undefined {
  const [, sign, integer, fraction = "", exponent = "0"] = WHOLE.exec(text) ?? [];
  if (integer === undefined) return undefined;
  const digits = (integer + fraction).replaceAll("_", "");
  const cut = digits.length - fraction.length + Number(exponent);
  if (/[^0]/.test(digits.slice(cut))) return undefined;
  return BigInt(`${sign === "-" ? "-" : ""}${digits.slice(0, cut).padEnd(cut, "0")}`);
}

function wholeWithin(text: string, min: bigint, max: bigint): bigint | undefined {
  const value = exactInteger(text);
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** A reader of whole numbers from `min` to `max`, which messages may show as `maxText`. */
export function whole(min: number, max: number, maxText = String(max)): (text: string) => number {
  return (text) => {
    const value = wholeWithin(text, BigInt(min), BigInt(max));
    if (value !== undefined) return Number(value);
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${maxText}.`);
  };
}

/** A seed: any 64-bit word. */
export function seed(text: string): bigint {
  const value = wholeWithin(text, 0n, 2n ** 64n - 1n);
  if (value !== undefined) return value;
  throw new InvalidArgumentError("It must be a whole number from 0 to 2^64 - 1.");
}

/** WIDTHxHEIGHT. */
export function size(text: string): { width: number; height: number } {
  const [width, height, ...rest] = text.split(/x/i).map((side) => wholeWithin(side, 1n, 2n ** 31n - 1n));
  if (width !== undefined && height !== undefined && rest.length === 0)
    return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError("It must be WIDTHxHEIGHT in pixels, each at least 1, such as 3000x4000.");
}

/** START:END, in either order. */
export function interval(text: string): [start: number, end: number] {
  const pair = pairOf(text, ":");
  if (pair) return pair;
  throw new InvalidArgumentError("It must be START:END, two finite numbers such as -1.5:0.");
}

/** RE,IM. */
export function complex(text: string): { re: number; im: number } {
  const [re, im] = pairOf(text, ",") ?? [];
  if (re !== undefined && im !== undefined) return { re, im };
  throw new InvalidArgumentError("It must be RE,IM, two finite numbers such as -0.8,0.156.");
}

function pairOf(text: string, separator: string): [number, number] | undefined {
  const [a, b, ...rest] = text.split(separator).map((part) => (DECIMAL.test(part) ? Number(part) : Number.NaN));
  if (a === undefined || b === undefined || rest.length > 0) return undefined;
  return Number.isFinite(a) && Number.isFinite(b) ? [a, b] : undefined;
}

const UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
};

/** A reader of sizes in bytes, with a unit or without. */
function sizeWithin(min: number, max: number, allowed: string): (text: string) => number {
  return (text) => {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?(?:e\d{1,2})?)([a-z]*)$/i.exec(text) ?? [];
    const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
    if (bytes >= min && bytes <= max) return bytes;
    throw new InvalidArgumentError(`It must be a size from ${allowed}.`);
  };
}

/** A size of the heap. */
export const heapSize = sizeWithin(2 ** 17, 2 ** 32, "128KiB to 4GiB, such as 512MiB");
/** A size of arenas. */
export const arenaSize = sizeWithin(2 ** 16, 2 ** 30, "64KiB to 1GiB, such as 4MiB");

const MS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3 };
const LONGEST_MS = 3600e3;

/** A duration in ms, with its unit: 15 alone may be meant as seconds or as ms. */
export function duration(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?|\.\d+)([a-z]+)$/i.exec(text) ?? [];
  const ms = Math.round(Number(number) * (MS[unit.toLowerCase()] ?? Number.NaN));
  if (ms >= 1 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError("It must be a duration from 1ms to 60m, such as 500ms, 2.5s or 1m.");
}

/** A file name that ends in one of the extensions (in small letters, with the dot). */
export function fileName(...extensions: string[]): (text: string) => string {
  return (text) => {
    if (extensions.some((extension) => text.toLowerCase().endsWith(extension))) return text;
    throw new InvalidArgumentError(`The name must end in ${extensions.join(" or ")}.`);
  };
}
