/**
 * `npm run soak`: the stress cases of the tests for 10 minutes in turns, with other seeds each time. `--minutes N`, `--seed N`
 * (what a failure prints), `--only locks`.
 */
import { parseArgs } from "node:util";
import { cases as ofSync } from "../test/stress/cases.mjs";
import { pool } from "../test/stress/pool.mjs";

const cases = { ...ofSync, pool };

const { values } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
});
const minutes = Number(values.minutes ?? 10);
if (!(minutes > 0)) throw new RangeError(`--minutes must be a number above 0, got ${values.minutes}`);
const names = values.only ? [values.only] : Object.keys(cases);
if (!names.every((name) => Object.hasOwn(cases, name)))
  throw new RangeError(`--only must be one of ${Object.keys(cases).join(", ")}`);

const ROUND_MS = 4000;
const until = performance.now() + minutes * 60_000;
let seed = Number(values.seed ?? Date.now() % 1e9);
for (let round = 0; performance.now() < until; round++, seed++) {
  const name = names[round % names.length];
  const threads = [2, 4, 8][Math.floor(round / names.length) % 3];
  try {
    const figures = await cases[name]({ ms: ROUND_MS, seed, threads });
    console.log(`${name}, ${threads} threads, seed ${seed}: ${JSON.stringify(figures)}`);
  } catch (error) {
    console.error(`soak: ${name} with ${threads} threads failed: npm run soak -- --only ${name} --seed ${seed}`);
    throw error;
  }
}
console.log(`soak: ${minutes} minutes without a fault`);
