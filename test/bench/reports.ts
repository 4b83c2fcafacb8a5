/** Reports of planted times, made without a clock. */
import { type CompareReport, type DoneComparison, describeMachine, type Ratio } from "allcores/bench";
import { noiseFloor, pairedRatio, verdictOf } from "../../dist/bench/ratio.js";
import { roundTimes } from "../../dist/bench/sampler.js";
import { summarize } from "../../dist/bench/statistics.js";
import { normal, Simulation } from "./simulation.js";

const ROUNDS = 30;

/** A comparison of cases of these ms a call, with noise of 1%. */
export function comparisonOf(name: string, planted: Readonly<Record<string, number>>, seed: number): DoneComparison {
  const { random } = new Simulation(seed);
  const draw = (ms: number) => Array.from({ length: 2 * ROUNDS }, () => ms * Math.exp(0.01 * normal(random)));
  const cases = Object.entries(planted).map(([name, ms]) => {
    const samples = draw(ms);
    const first = { ms: 2 * ms, process: "this" } as const;
    return { name, async: false, first, ...summarize(samples), warm: { batches: 9, settled: true }, calls: 1, samples };
  });
  const [own, ...others] = cases.map(({ samples }) => roundTimes(samples)) as [number[], ...number[][]];
  const [firstName = "", ...otherNames] = Object.keys(planted);
  const itself = pairedRatio(own, roundTimes(draw(planted[firstName] as number)), seed);
  const floor = noiseFloor(itself);
  const ratios = others.map((times) => pairedRatio(own, times, seed));
  const verdicts = ratios.map((ratio) => verdictOf(ratio, floor));
  return {
    state: "done",
    name,
    check: { kind: "equal" },
    rounds: ROUNDS,
    seed,
    cases,
    ratio: ratios[0] as Ratio,
    ratios: Object.fromEntries(ratios.map((ratio, i) => [otherNames[i], ratio])),
    verdict: verdicts[0] ?? "undecided",
    verdicts: Object.fromEntries(verdicts.map((verdict, i) => [otherNames[i], verdict])),
    noise: { case: firstName, ratio: itself, floor },
  };
}

const head = { schemaVersion: 1, created: new Date(0).toISOString(), loadAfter: [0.5, 0.25, 0] } as const;

/** A report of one. */
export function reportOf(planted: Readonly<Record<string, number>>, seed: number): CompareReport & DoneComparison {
  return { ...head, machine: describeMachine(), ...comparisonOf("planted", planted, seed) };
}
