// What blocking does to a server: the requests that it answers while it computes pi on its event loop, in a promise (which
// is the same event loop), and on threads. A client, in a thread of its own, asks all the time.
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultExecutor, jsKernel } from "allcores";
import { Event } from "allcores/sync";
import { Thread } from "allcores/threading";
import { isKernelThread } from "allcores/worker";
import { clock, countSteps, perSecond, print, size, startServer, svgChart, textChart } from "./support.js";

const [steps, askMs, stepMs] = size([2e8, 2000, 50], [1e7, 300, 20]);

/** Pi, or a part of it, by midpoints. @param {number} begin @param {number} end */
export function integrate(begin, end) {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += 4 / (1 + ((i + 0.5) / steps) ** 2);
  return sum / steps;
}

/** The client. @param {string} url @param {Event["handle"]} begun @returns when each answer came */
export async function ask(url, begun) {
  const answers = [];
  await fetch(url);
  Event.from(begun).set();
  for (const end = clock() + askMs; clock() < end; answers.push(clock())) await (await fetch(url)).text();
  return answers;
}

/** @type {import("allcores").Kernel<typeof integrate>} */
const kernel = jsKernel(import.meta.url, "integrate");
const ways = {
  nothing: () => sleep(askMs / 2),
  "pi on the event loop": () => integrate(0, steps),
  "pi in a promise": () => new Promise((resolve) => resolve(integrate(0, steps))),
  "pi on threads": () => defaultExecutor().parallelReduce(kernel, steps, [], { combine: (a, b) => a + b, initial: 0 }),
};

async function main() {
  await defaultExecutor().ready();
  const { url, close } = await startServer(0);
  const series = [];
  for (const [label, compute] of Object.entries(ways)) {
    const begun = new Event();
    const client = new Thread(jsKernel(import.meta.url, "ask"), [url, begun.handle]);
    client.start();
    await begun.waitAsync();
    const start = clock();
    await compute();
    const end = clock();
    await client.joinAsync();
    const answers = /** @type {number[]} */ (client.value);
    print(label, `${perSecond(answers, start, end)} requests/s, for ${Math.round(end - start)} ms`);
    series.push({ label, counts: countSteps(answers, start, stepMs, askMs / stepMs) });
  }
  close();
  console.log(textChart(series));
  if (process.argv[2]) await writeFile(process.argv[2], svgChart(series, `Answers in each ${stepMs} ms`));
}

if (!isKernelThread()) main();
