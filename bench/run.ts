/** Runs the benches: all `*.bench` files here, or those whose name contains an argument. */
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { machine } from "allcores";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".bench.js"));
console.log(
  `${cpus()[0]?.model}, ${machine().allowed} cores, Node ${process.version}. Ratios are to the first line of a table.`,
);
for (const file of files.sort()) {
  if (wanted.length > 0 && !wanted.some((word) => file.includes(word))) continue;
  const { default: bench } = (await import(new URL(file, import.meta.url).href)) as { default: () => Promise<void> };
  await bench();
}
