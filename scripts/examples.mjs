/** `npm run examples [-- 06 07]`: runs the examples of examples/python, one after the other, or those that begin so. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples/python");
const wanted = process.argv.slice(2);
const files = readdirSync(folder).filter((file) => /^\d\d-.*\.js$/.test(file));
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)));
if (chosen.length === 0) {
  console.error(`no example begins with ${wanted.join(" or ")}; there are ${files.join(", ")}`);
  process.exit(2);
}

mkdirSync(join(root, "build"), { recursive: true });
for (const file of chosen) {
  console.log(`\n${file}`);
  const chart = join(root, "build", file.replace(/js$/, "svg")); // for those that draw one
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [join(folder, file), chart], { stdio: "inherit" });
  console.log(`(${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (status !== 0) process.exitCode = 1;
}
