// Measures the examples: node examples/kernels/bench.js [part of a name]
import { compareFile } from "allcores/bench";

const wanted = process.argv[2] ?? "";
for (const file of ["black-scholes", "n-body", "convolution", "matrix"]) {
  if (!file.includes(wanted)) continue;
  const report = await compareFile(new URL(`./cases/${file}.js`, import.meta.url));
  if (report.state === "wrong") throw new Error(report.why);
  console.log(report.name);
  for (const { name, first, median } of report.cases) {
    const ratio = report.ratios[name];
    const against = ratio ? `${ratio.median.toFixed(2)}x (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})` : "";
    const times = `${median.toFixed(2).padStart(8)} ms, first call ${first.ms.toFixed(0).padStart(4)} ms`;
    console.log(`  ${name.padEnd(16)} ${times}  ${against}`);
  }
}
