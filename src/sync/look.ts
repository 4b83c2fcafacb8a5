/** How long a waiter waits before it looks, and before it asks for a turn. */

/**
 * The longest sleep at a time, in ms: 8 blocked threads use half a per cent of a core in waking up and looking. Tests make
 * it endless.
 */
export const LOOK = { ms: 170 };
/** The wait, in ms, after which a waiter asks for a turn. */
export const STARVING_MS = 1;
