/**
 * Whether what no kernel may write is as it was: the static data of the modules that this thread has loaded (but for what
 * the module's code writes, such as counters in memory.data), and page 0, where nothing lies. A kernel that stores at an
 * address that it made up writes there, and the module that it hits fails later, or gives wrong results.
 *
 * Data is compared with the module's bytes: 64 KiB take 4 us.
 */
import { sharedMemory } from "./heap.js";
import { PAGE } from "./layout.js";
import type { Segment } from "./static-data.js";

/** ALLCORES_CHECKED=1: the memory is checked whenever a job ends, and not only where a call fails. */
export const isChecked = process.env.ALLCORES_CHECKED === "1";

interface Loaded {
  /** How messages name the module. */
  readonly label: string;
  readonly constants: readonly Segment[];
}

/** What an intact page 0 holds. */
let nothing: Buffer | undefined;

/** Loaded modules by slot. */
const loaded = new Map<number, Loaded>();

/** Records a module that has been loaded. */
export function remember(slot: number, label: string, constants: readonly Segment[]): void {
  loaded.set(slot, { label, constants });
}

/** The name of a module in a slot, where this thread has loaded it. */
export function nameOfSlot(slot: number): string | undefined {
  return loaded.get(slot)?.label;
}

/** What is wrong with the static data in a slot: "" for nothing, undefined where only other threads have loaded it. */
export function damageIn(slot: number): string | undefined {
  const module = loaded.get(slot);
  if (!module) return undefined;
  for (const { address, bytes } of module.constants) {
    const memory = Buffer.from(sharedMemory().buffer, address, bytes.length);
    if (memory.equals(bytes)) continue;
    const at = address + bytes.findIndex((byte, i) => memory[i] !== byte);
    return `the static data of ${module.label} (strings, static arrays) has been overwritten at address ${at}`;
  }
  return "";
}

/** Restores what has been overwritten, so that the next look finds new damage only. @returns what the damage was */
export function restoreDamage(): string[] {
  const found: string[] = [];
  for (const [slot, { constants }] of loaded) {
    const damage = damageIn(slot);
    if (!damage) continue;
    found.push(damage);
    for (const { address, bytes } of constants) new Uint8Array(sharedMemory().buffer).set(bytes, address);
  }
  nothing ??= Buffer.alloc(PAGE);
  const page = Buffer.from(sharedMemory().buffer, 0, PAGE);
  if (!page.equals(nothing)) {
    const at = page.findIndex((byte) => byte !== 0);
    found.push(`something was stored at address ${at}, where no array and no static data lies`);
    page.fill(0);
  }
  return found;
}
