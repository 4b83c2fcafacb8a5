import { compareFile } from "allcores/bench";

const report = await compareFile(new URL("./bench.cases.js", import.meta.url));
if (report.state === "wrong") throw new Error(report.why);
console.log(report.name);
for (const { name, median } of report.cases) {
  const ratio = report.ratios[name];
  const against = ratio ? `${ratio.median.toFixed(2)}x (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})` : "";
  console.log(`  ${name.padEnd(18)} ${median.toFixed(2).padStart(8)} ms  ${against}`);
}
