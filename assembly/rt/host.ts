/** The functions that the host calls in every module of users' kernels, compiled as a second entry beside the user's file. */
import { abandonLocks, agentIs, forgetLocks } from "rt/agent";
import { arenaBegin, arenaReset, arenaSeal } from "rt/stub";

/** Gives this instance the arena [begin, end). Returns where the first block will begin. */
export function __allcores_begin(begin: usize, end: usize): usize {
  return arenaBegin(begin, end);
}

/** Keeps what the top-level statements allocated, after they have run. Returns where it ends. */
export function __allcores_seal(): usize {
  return arenaSeal();
}

/** Gives back the memory of a call that has ended. Returns the most bytes that the call had at once. */
export function __allcores_reset(): usize {
  return arenaReset();
}

/** Where static data ends: the host checks that it lies in the module's slot. */
export function __allcores_static_end(): usize {
  return __heap_base;
}

/** Sets the agent id (src/sync/agents.ts) of the thread that this instance runs in. */
export function __allcores_agent(id: i32): void {
  agentIs(id);
}

/** Leaves the locks that a returned call still holds to its thread. */
export function __allcores_forget(): void {
  forgetLocks();
}

/** Marks the locks that a failed call holds as without owner. */
export function __allcores_abandon(): void {
  abandonLocks();
}
