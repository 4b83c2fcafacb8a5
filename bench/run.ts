/** Runs the benches: all `*.bench` files here, or those whose name contains an argument. */
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { machine } from "allcores";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".bench.js"));
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)));
if (chosen.length === 0) {
  const names = files.map((file) => file.replace(".bench.js", "")).join(", ");
  console.error(`no bench has ${wanted.map((word) => `"${word}"`).join(" or ")} in its name; there are ${names}`);
  process.exitCode = 2;
}
console.log(
  `${cpus()[0]?.model}, ${machine().allowed} cores, Node ${process.version}. Ratios are to the first line of a table.`,
);
for (const file of chosen.sort()) {
  const { default: bench } = (await import(new URL(file, import.meta.url).href)) as { default: () => Promise<void> };
  await bench();
}
