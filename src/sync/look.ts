/** The times after which a waiter looks around, and asks for a turn. */

/**
 * The longest sleep at a time, in ms: 8 blocked threads use half a per cent of a core in waking up and looking. Tests make
 * it endless.
 */
export const LOOK = { ms: 170 };
/** The time after which a waiter asks for a turn, in ms. */
export const STARVING_MS = 1;
