// Pi in seven ways, and always the same digits: four parts of one integral, added up in their order.
import { jsKernel, ProcessExecutor, TaskGroup, ThreadExecutor, toThread } from "allcores";
import { InterpreterExecutor } from "allcores/interpreters";
import { SharedMemory } from "allcores/shared-memory";
import { Queue } from "allcores/sync";
import { Thread } from "allcores/threading";
import { isKernelThread } from "allcores/worker";
import { size, timed } from "./support.js";

const steps = size(1e9, 2e5);
const parts = size([0, 1, 2, 3], [0, 1]);

/** Each fourth of the strips of the integral of 4 / (1 + x^2) from 0 to 1, by midpoints. @param {number} part */
export function integrate(part) {
  let sum = 0;
  for (let i = part; i < steps; i += parts.length) sum += 4 / (1 + ((i + 0.5) / steps) ** 2);
  return sum / steps;
}

/** The same for a thread that answers by a queue. @param {number} part @param {Queue["handle"]} handle */
export const integrateTo = (part, handle) => Queue.from(handle).put([part, integrate(part)]);

/** The same for a process that answers in memory with a name. @param {number} part @param {string} name */
export function integrateInto(part, name) {
  SharedMemory.attach(name).view("float64")[part] = integrate(part);
}

const total = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value).toFixed(12);
/** @type {import("allcores").Kernel<typeof integrate>} */
const kernel = jsKernel(import.meta.url, "integrate");

async function main() {
  await timed("single", () => total(parts.map(integrate)));
  await timed("threads and a queue", async () => {
    /** @type {Queue<[part: number, value: number]>} */
    const queue = new Queue();
    for (const part of parts) new Thread(jsKernel(import.meta.url, "integrateTo"), [part, queue.handle]).start();
    const answers = [];
    for (const _ of parts) answers.push(await queue.getAsync());
    return total(answers.sort(([a], [b]) => a - b).map(([, value]) => value));
  });
  for (const executor of [new ThreadExecutor(), new InterpreterExecutor(), new ProcessExecutor()]) {
    await executor.ready();
    await timed(executor.kind, () => Promise.all(parts.map((part) => executor.submit(kernel, [part]))).then(total));
    await executor.shutdown();
  }
  await timed("named shared memory", async () => {
    const [memory, pool] = [SharedMemory.create({ bytes: 32 }), new ProcessExecutor()];
    const into = jsKernel(import.meta.url, "integrateInto");
    await Promise.all(parts.map((part) => pool.submit(into, [part, memory.name])));
    await pool.shutdown();
    memory.unlink();
    return total([...memory.view("float64")]);
  });
  const inGroup = (/** @type {TaskGroup} */ group) =>
    Promise.all(parts.map((part) => group.createTask((signal) => toThread(kernel, [part], { signal }))));
  await timed("task group and toThread", () => TaskGroup.run(inGroup).then(total));
}

if (!isKernelThread()) main();
