/** What the examples share: sizes, lines of output with their times, a slow server, charts. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const isSmall = process.env.EXAMPLES === "small";

/**
 * How much an example does. The tests, which judge no times, run small ones: EXAMPLES=small.
 * @template T
 * @param {T} full
 * @param {T} small
 */
export const size = (full, small) => (isSmall ? small : full);

/** @param {string} label @param {unknown} text */
export const print = (label, text) => console.log(`${label.padEnd(32)} ${text}`);

/**
 * Does the work, and prints what it gives and how long it took.
 * @template T
 * @param {string} label
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(label, work) {
  const start = performance.now();
  const value = await work();
  print(label, `${value} (${Math.round(performance.now() - start)} ms)`);
  return value;
}

/** Milliseconds, the same in all threads of a process. */
export const clock = () => performance.timeOrigin + performance.now();

/**
 * How many times are in [from, to).
 * @param {readonly number[]} times
 * @param {number} from
 * @param {number} to
 */
const countBetween = (times, from, to) => times.filter((time) => time >= from && time < to).length;

/**
 * The same for a second.
 * @param {readonly number[]} times
 * @param {number} from
 * @param {number} to
 */
export const perSecond = (times, from, to) => Math.round((1000 * countBetween(times, from, to)) / (to - from));

/**
 * The same for each of `count` steps.
 * @param {readonly number[]} times
 * @param {number} from
 * @param {number} step
 * @param {number} count
 */
export const countSteps = (times, from, step, count) =>
  Array.from({ length: count }, (_, i) => countBetween(times, from + i * step, from + (i + 1) * step));

/**
 * Python's `start` and `join` of each.
 * @param {readonly import("allcores/threading").Thread[]} threads
 */
export async function startAndJoin(threads) {
  for (const thread of threads) thread.start();
  for (const thread of threads) await thread.joinAsync();
}

/**
 * By what a large array is known.
 * @param {NodeJS.ArrayBufferView} array
 */
export const digest = (array) => `SHA-256 ${createHash("sha256").update(array).digest("hex").slice(0, 16)}...`;

/**
 * A server on this machine that answers each request by its path, after `ms` milliseconds.
 * @param {number} ms
 */
export async function startServer(ms) {
  const server = createServer(async ({ url }, response) => {
    if (ms > 0) await sleep(ms);
    response.end(`page ${url?.slice(1)}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {readonly number[]} counts one for each step of time
 */

/**
 * A line for each series, of one character for each step.
 * @param {readonly Series[]} series
 */
export function textChart(series) {
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts));
  const bar = (/** @type {number} */ count) => " ▁▂▃▄▅▆▇█"[Math.ceil((8 * count) / most)];
  return series.map(({ label, counts }) => `${label.padEnd(32)} ${counts.map(bar).join("")}|`).join("\n");
}

const COLORS = ["#4477aa", "#cc3311", "#ee7733", "#228833"];

/**
 * The same as SVG: panels one below the other, with a bar for each step.
 * @param {readonly Series[]} series
 * @param {string} title
 */
export function svgChart(series, title) {
  const [width, height, left, top] = [640, 60, 170, 34];
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts));
  const panels = series.map(({ label, counts }, at) => {
    const bottom = top + at * (height + 14) + height;
    const step = (width - left - 10) / counts.length;
    const bars = counts.map((count, i) => {
      const tall = (height * count) / most;
      return `<rect x="${(left + i * step).toFixed(1)}" y="${(bottom - tall).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
    });
    return `<g fill="${COLORS[at % COLORS.length]}"><text x="8" y="${bottom - height / 2}" fill="currentColor">${label}</text>${bars.join("")}</g>
<line x1="${left}" x2="${width - 10}" y1="${bottom}" y2="${bottom}" stroke="currentColor"/>`;
  });
  const all = top + series.length * (height + 14);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${all}" font-family="sans-serif" font-size="13" color="#777">
<title>${title}</title>
<text x="8" y="20" font-size="15" fill="currentColor">${title}</text>
${panels.join("\n")}
</svg>
`;
}
