/**
 * What interpreters cost: create and a first exec, beside a bare worker that echoes; a warm exec beside a bare round trip
 * of messages, in turns, since their times move together with what else the machine does.
 */
import { jsKernel } from "allcores";
import { Interpreter } from "allcores/interpreters";
import { quantile } from "../../dist/bench/statistics.js";
import { bareThread, file } from "./latency/peers.js";

const add = jsKernel<(a: number, b: number) => number>(file("tasks.js"), "add");
const STARTS = 15;
const ROUNDS = 60;
const CALLS = 50;

const SOURCES: Record<string, string> = {
  "exec of an empty source": "",
  "exec of x = x + 1 on globalThis": "globalThis.x = (globalThis.x ?? 0) + 1",
  "exec of await null": "await null",
  "exec of let q = 1": "let q = 1",
  "exec of 200 small functions": Array.from({ length: 200 }, (_, i) => `function f${i}(x) { return x + ${i} }`).join(
    "\n",
  ),
  'exec of await import("node:path")': 'await import("node:path")',
};

async function startMs(work: () => Promise<() => Promise<unknown>>): Promise<number> {
  const started = performance.now();
  const end = await work();
  const ms = performance.now() - started;
  await end();
  return ms;
}

async function starts(rounds: number): Promise<void> {
  const ways = {
    "a bare worker, and an echo": async () => {
      const { roundTrip, end } = await bareThread();
      await roundTrip();
      return end;
    },
    "create, and exec of an empty source": async () => {
      const interpreter = await Interpreter.create();
      await interpreter.exec("");
      return () => interpreter.close();
    },
  };
  const times = Object.entries(ways).map(([name, work]) => ({ name, work, ms: [] as number[] }));
  for (let round = 0; round <= rounds; round++)
    for (const { work, ms } of times) {
      const taken = await startMs(work);
      if (round > 0) ms.push(taken); // the first one loads files
    }
  console.log(`\nstart of an interpreter, ms: median, least and greatest of ${rounds}`);
  for (const { name, ms } of times)
    console.log(`  ${name.padEnd(40)} ${[0.5, 0, 1].map((q) => quantile(ms, q).toFixed(1).padStart(8)).join("")}`);
}

async function perCall(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < CALLS; i++) await work();
  return ((performance.now() - started) / CALLS) * 1e3;
}

async function warm(rounds: number): Promise<void> {
  const { roundTrip, end } = await bareThread();
  await using interpreter = await Interpreter.create();
  const cases: { name: string; work: () => Promise<unknown>; us: number[]; ratios: number[] }[] = [
    ...Object.entries(SOURCES).map(([name, source]) => ({ name, work: () => interpreter.exec(source) })),
    { name: "call of add(1, 2)", work: () => interpreter.call(add, [1, 2]) },
  ].map((one) => ({ ...one, us: [], ratios: [] }));
  const bare: number[] = [];
  for (let round = -5; round < rounds; round++)
    for (const { work, us, ratios } of cases) {
      const [before, taken, after] = [await perCall(roundTrip), await perCall(work), await perCall(roundTrip)];
      if (round < 0) continue; // until all is compiled
      bare.push(before, after);
      us.push(taken);
      ratios.push((2 * taken) / (before + after));
    }
  await end();
  console.log(
    `\nwarm calls of an interpreter, us, and times a bare round trip: medians of ${rounds} rounds of ${CALLS}`,
  );
  console.log(`  ${"a bare round trip".padEnd(40)} ${quantile(bare, 0.5).toFixed(1).padStart(8)}`);
  for (const { name, us, ratios } of cases)
    console.log(
      `  ${name.padEnd(40)} ${quantile(us, 0.5).toFixed(1).padStart(8)} ${quantile(ratios, 0.5).toFixed(2).padStart(8)}`,
    );
}

export default async function interpreters({ isQuick }: { isQuick: boolean }): Promise<void> {
  await starts(isQuick ? 5 : STARTS);
  await warm(isQuick ? 10 : ROUNDS);
}
