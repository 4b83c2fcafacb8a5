// The Mandelbrot set in blocks of rows: by threads, by a class that extends Thread, and by `map`.
import { defaultExecutor, heap, jsKernel } from "allcores";
import { Thread } from "allcores/threading";
import { isKernelThread, transfer } from "allcores/worker";
import { digest, size, startAndJoin, timed } from "./support.js";

const [height, width, blockRows] = size([4000, 3000, 1000], [300, 400, 150]);

/** How often z -> z^2 + c keeps within 2, for c in -1.5..0 and -i..0. @param {Int32Array} rows @param {number} first */
export function drawRows(rows, first) {
  for (let i = 0; i < rows.length; i++) {
    const im = (first + Math.floor(i / width)) * (1 / (height - 1)) - 1;
    const re = (i % width) * (1.5 / (width - 1)) - 1.5;
    let [x, y, count] = [re, im, 0];
    for (; count < 20; count++) {
      [x, y] = [x * x - y * y + re, 2 * x * y + im];
      if (x * x + y * y > 4) break;
    }
    rows[i] = count;
  }
}

/** As in Python, the class says what its threads run. A thread looks for it in its module, by its name. */
export class Rows extends Thread {
  static module = import.meta.url;

  constructor(/** @type {Int32Array} */ rows, /** @type {number} */ first) {
    super({ args: [rows, first], name: `rows from ${first}` });
  }
  run(/** @type {Int32Array} */ rows, /** @type {number} */ first) {
    drawRows(rows, first);
  }
}

/** `map` gives one argument, and the results in their order. @param {number} first */
export function rowsFrom(first) {
  const rows = new Int32Array(blockRows * width);
  drawRows(rows, first);
  return transfer(rows); // moved, not copied
}

async function main() {
  const picture = heap.int32(height * width);
  const firsts = Array.from({ length: height / blockRows }, (_, block) => block * blockRows);
  const rowsAt = (/** @type {number} */ first) => picture.subarray(first * width, (first + blockRows) * width);

  /** @param {Thread[]} threads */
  const draw = (threads) => startAndJoin(threads).then(() => digest(picture));
  const kernel = jsKernel(import.meta.url, "drawRows");
  await timed("threads", () => draw(firsts.map((first) => new Thread(kernel, [rowsAt(first), first]))));
  await timed("a class that extends Thread", () => draw(firsts.map((first) => new Rows(rowsAt(first), first))));
  await timed("map", async () => {
    const blocks = defaultExecutor().map(jsKernel(import.meta.url, "rowsFrom"), firsts);
    for (const first of firsts) picture.set(/** @type {Int32Array} */ ((await blocks.next()).value), first * width);
    return digest(picture);
  });
  heap.free(picture);
}

if (!isKernelThread()) main();
