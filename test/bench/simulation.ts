/** A machine whose time is made up: cases with planted costs, and the noise that a test asks for. */
import type { Clock } from "../../dist/bench/clock.js";
import { seeded } from "../../dist/bench/random.js";
import type { Subject } from "../../dist/bench/subject.js";

/** A kind of noise, for one machine: what a call that starts at `now` ms costs is multiplied by it. */
export type Noise = (random: () => number) => (now: number) => number;

export class Simulation implements Clock {
  readonly random: () => number;
  readonly #noise: (now: number) => number;
  #ms = 0;

  constructor(seed: number, noise: Noise = () => () => 1) {
    this.random = seeded(seed);
    this.#noise = noise(this.random);
  }

  now(): number {
    return this.#ms;
  }

  step(): number {
    return 0.001;
  }

  async breathe(): Promise<void> {}

  /** A case of that many ms a call. */
  subject(name: string, ms: number): Subject {
    const run = () => {
      this.#ms += ms * this.#noise(this.#ms);
    };
    return { name, run, isAsync: false, hasOwnTime: false };
  }
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What machines do to times. */
export const NOISES = {
  "normal noise": (random) => () => Math.exp(0.02 * normal(random)),
  /** Half as slow again within 10 seconds. */
  drift: (random) => (now) => (1 + now / 20_000) * Math.exp(0.01 * normal(random)),
  /** Three calls in ten meet a neighbour. */
  "bimodal noise": (random) => () => (random() < 0.3 ? 1.25 : 1) * Math.exp(0.005 * normal(random)),
  /** A neighbour comes and goes, for a tenth of a second on average: calls resemble those next to them. */
  spells: (random) => {
    let [isHere, until] = [false, 0];
    return (now) => {
      while (now >= until) {
        isHere = !isHere;
        until += -100 * Math.log(1 - random());
      }
      return (isHere ? 1.25 : 1) * Math.exp(0.005 * normal(random));
    };
  },
  /** One call in twenty takes up to ten times as long. */
  outliers: (random) => () => (random() < 0.05 ? 1 + 9 * random() : 1) * Math.exp(0.01 * normal(random)),
} satisfies Record<string, Noise>;
