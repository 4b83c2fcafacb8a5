/**
 * The gate before the clock: it calls every case, and compares the outcome with the first case's. Wrong cases get no
 * times. The call is each case's first, so the gate keeps its time.
 */
import { show } from "../validate.js";
import { systemClock } from "./clock.js";
import { difference, exactly, within } from "./difference.js";
import { copy, type Filling, fill, isFilled } from "./outcome.js";
import { type Case, callFirst, type FirstCall } from "./subject.js";

/**
 * How outcomes are compared with the first case's: `"equal"` to the last bit; numbers no further apart than a tolerance,
 * in their unit, with the reason why they may be; or a function of both.
 */
export type Check<T = unknown> =
  | "equal"
  | { readonly tolerance: number; readonly reason: string }
  | ((a: T, b: T) => boolean);

/** A case whose outcome disagrees with the first case's. */
export interface WrongCase {
  readonly name: string;
  readonly why: string;
}

export interface Gate {
  readonly firsts: readonly FirstCall[];
  readonly wrong: readonly WrongCase[];
}

/** The parts of the options that say what is compared, and how. */
export interface Compared {
  readonly check: Check<never>;
  /** What the cases write into; without it, what they return is compared. */
  readonly output?: (() => unknown) | undefined;
  /** The digest of the output: a case that can't write into the output returns its digest. */
  readonly digest?: ((output: never) => unknown) | undefined;
}

/**
 * Calls each case and compares its outcome: once, or with an output twice, over zeros and over ones. An element that a
 * case does not write then differs from the first case's in at least one of both.
 * @throws TypeError if there is nothing to compare
 */
export async function passGate(
  cases: Readonly<Record<string, Case>>,
  compared: Compared,
  signal: AbortSignal | undefined,
): Promise<Gate> {
  const gate = new Passing(compared, signal);
  for (const filling of compared.output ? FILLINGS : [0 as const])
    for (const [name, run] of Object.entries(cases)) await gate.pass(name, run, filling);
  return gate;
}

const FILLINGS = [0, 1] as const;

class Passing implements Gate {
  readonly firsts: FirstCall[] = [];
  readonly wrong: WrongCase[] = [];
  /** Cases that left zeros where there were zeros: the right answer, or nothing at all. */
  readonly #unseen = new Set<string>();
  /** The first case's outcome, over the same filling if the case writes. */
  #expected: (Outcome & { readonly filling: Filling }) | undefined;

  constructor(
    private readonly compared: Compared,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async pass(name: string, run: Case, filling: Filling): Promise<void> {
    const { output, digest } = this.compared;
    if (this.wrong.some((known) => known.name === name)) return;
    // A case that returned a digest writes nothing, so a second filling shows nothing.
    if (filling === 1 && this.#broughtDigest(name)) return;
    // An abort arrives when the event loop turns.
    await systemClock.breathe();
    this.signal?.throwIfAborted();
    if (output) fill(output(), filling);
    const first = await callFirst(name, run, this.signal);
    // The value is not kept alive: it may be large.
    if (filling === 0) this.firsts.push({ ...first, value: undefined });
    const isDigest = digest !== undefined && first.subject.hasOwnTime;
    if ((output === undefined || isDigest) && first.value === undefined)
      throw new TypeError(
        `cases.${name} must return its result, got undefined; or name what the cases write into as output: () => array`,
      );
    const outcome = { value: output && !isDigest ? output() : first.value, isDigest };
    const why = this.#untouched(name, outcome, filling) ?? this.#disagreement(name, outcome, filling);
    if (why !== undefined) this.wrong.push({ name, why });
  }

  #broughtDigest(name: string): boolean {
    const first = this.firsts.find(({ subject }) => subject.name === name);
    return this.compared.digest !== undefined && first?.subject.hasOwnTime === true;
  }

  #untouched(name: string, { value, isDigest }: Outcome, filling: Filling): string | undefined {
    if (!this.compared.output || isDigest || !isFilled(value, filling)) return undefined;
    if (filling === 0) this.#unseen.add(name);
    // An output without elements counts as filled with any number.
    const isUntouched = filling === 1 && this.#unseen.has(name) && !isFilled(value, 0);
    return isUntouched ? "it writes nothing into output()" : undefined;
  }

  #disagreement(name: string, outcome: Outcome, filling: Filling): string | undefined {
    if (this.#expected === undefined || (this.#expected.filling !== filling && !this.#expected.isDigest)) {
      this.#expected = { ...outcome, value: copy(outcome.value), filling };
      return undefined;
    }
    const [ours, theirs] = alike(outcome, this.#expected, this.compared.digest);
    // `copy` returns objects of other classes as they are, and an object always equals itself.
    if (typeof ours === "object" && ours !== null && ours === theirs)
      throw new TypeError(`cases.${name} returns the same object as the first case, ${show(ours)}: return a new one`);
    return disagreement(ours, theirs, this.compared.check);
  }
}

/** A case's result or output, or the digest of its output. */
interface Outcome {
  readonly value: unknown;
  readonly isDigest: boolean;
}

/** Both values, or the digests of both. */
function alike(ours: Outcome, theirs: Outcome, digest: Compared["digest"]): [unknown, unknown] {
  const isByDigest = ours.isDigest || theirs.isDigest;
  const asCompared = ({ value, isDigest }: Outcome) => (isByDigest && !isDigest ? digest?.(value as never) : value);
  return [asCompared(ours), asCompared(theirs)];
}

function disagreement(outcome: unknown, expected: unknown, check: Check<never>): string | undefined {
  if (typeof check === "function") {
    const agree: unknown = check(expected as never, outcome as never);
    if (typeof agree !== "boolean") throw new TypeError(`check must return true or false, got ${show(agree)}`);
    return agree ? undefined : `check does not accept it: ${show(outcome)} beside ${show(expected)}`;
  }
  return difference(outcome, expected, check === "equal" ? exactly : within(check.tolerance));
}
