/**
 * Runs the studies, `npm run study`: what is measured now and then to learn something, beside the bench that everybody
 * has. All `*.study` files here, or those whose name contains an argument. `--quick` shortens the studies that have a
 * short form.
 */
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { machine } from "allcores";

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const wanted = args.filter((word) => word !== "--quick");
const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".study.js"));
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)));
if (chosen.length === 0) {
  const names = files.map((file) => file.replace(".study.js", "")).join(", ");
  console.error(`no study has ${wanted.map((word) => `"${word}"`).join(" or ")} in its name; there are ${names}`);
  process.exit(2);
}
console.log(`${cpus()[0]?.model}, ${machine().allowed} cores, Node ${process.version}`);
for (const file of chosen.sort()) {
  const { default: study } = (await import(new URL(file, import.meta.url).href)) as {
    default: (options: { isQuick: boolean }) => Promise<void>;
  };
  await study({ isQuick });
}
