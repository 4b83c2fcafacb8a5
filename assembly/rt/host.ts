/** What the host calls in every module of users' kernels: compiled beside the user's file, as a second entry. */
import { arenaBegin, arenaReset, arenaSeal } from "rt/stub";

/** This instance allocates in [begin, end). */
export function __allcores_begin(begin: usize, end: usize): void {
  arenaBegin(begin, end);
}

/** The top-level statements have run: what they allocated stays. */
export function __allcores_seal(): void {
  arenaSeal();
}

/** A call has ended: what it allocated goes. */
export function __allcores_reset(): void {
  arenaReset();
}

/** Where static data ends: it must lie in the module's slot. */
export function __allcores_static_end(): usize {
  return __heap_base;
}
