// Measures the examples: node examples/kernels/bench.js [part of a name]
import { compare } from "allcores/bench";
import { all, examples } from "./cases.js";

const wanted = process.argv[2] ?? "";
for (const example of examples) {
  if (!example.name.toLowerCase().includes(wanted.toLowerCase())) continue;
  const report = await compare(await example());
  if (report.state === "wrong") throw new Error(report.why);
  console.log(report.name);
  for (const { name, median } of report.cases) {
    const ratio = report.ratios[name];
    const against = ratio ? `${ratio.median.toFixed(2)}x (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})` : "";
    console.log(`  ${name.padEnd(18)} ${median.toFixed(2).padStart(8)} ms  ${against}`);
  }
}
await all.shutdown();
