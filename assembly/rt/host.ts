/** What the host calls in every module of users' kernels: compiled beside the user's file, as a second entry. */
import { abandonLocks, agentIs, forgetLocks } from "rt/agent";
import { arenaBegin, arenaReset, arenaSeal } from "rt/stub";

/** This instance allocates in [begin, end). Returns where it begins to. */
export function __allcores_begin(begin: usize, end: usize): usize {
  return arenaBegin(begin, end);
}

/** The top-level statements have run: what they allocated stays. Returns where it ends. */
export function __allcores_seal(): usize {
  return arenaSeal();
}

/** A call has ended: what it allocated goes. Returns the most bytes that it had at once. */
export function __allcores_reset(): usize {
  return arenaReset();
}

/** Where static data ends: it must lie in the module's slot. */
export function __allcores_static_end(): usize {
  return __heap_base;
}

/** This instance runs in the thread with this agent id (src/sync/agents.ts). */
export function __allcores_agent(id: i32): void {
  agentIs(id);
}

/** A call has returned: the locks that it holds still are its thread's. */
export function __allcores_forget(): void {
  forgetLocks();
}

/** A call has failed: the locks that it holds have lost their owner. */
export function __allcores_abandon(): void {
  abandonLocks();
}
