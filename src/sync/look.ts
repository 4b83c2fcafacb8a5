/** How long who waits does so before it does something about it. */

/**
 * The longest sleep at a time, in ms: 8 blocked threads use half a per cent of a core in waking up and looking. Tests make
 * it endless.
 */
export const LOOK = { ms: 170 };
/** After which a waiter asks for a turn of its own, in ms. */
export const STARVING_MS = 1;
