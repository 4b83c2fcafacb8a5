/** `allcores info`: this machine and this Node: cores, workers, versions, Wasm features, heap. */
import type { Command } from "commander";
import { asUse, newCommand, withExample } from "../command.js";
import { printAnswer } from "../output.js";

export function infoCommand(): Command {
  const command = newCommand(
    "info",
    "show the cores, the workers, the versions, the Wasm features and the heap limit",
  ).option("--json", "print one JSON object");
  command.action((flags: { json?: boolean }) => asUse(command, () => run(flags.json)));
  return withExample(command, "allcores info --json");
}

async function run(json: boolean | undefined): Promise<void> {
  const { heap, ThreadExecutor } = await import("allcores");
  const { describeMachine } = await import("allcores/bench");
  const { allcores, node, v8, platform, arch, cpu, cores, allowed, quota, wasm } = describeMachine();
  // The executor reads ALLCORES_WORKERS. It starts threads with its first job: none here.
  const workers = new ThreadExecutor().concurrency;
  const { reserved } = heap.stats();
  const answer = {
    allcores,
    node,
    v8,
    platform,
    arch,
    cpu,
    cores,
    allowed,
    quota,
    workers,
    heap: reserved,
    wasm,
  };
  const namesOf = (found: boolean) =>
    Object.entries(wasm)
      .filter(([, has]) => has === found)
      .map(([name]) => name)
      .join(", ") || "none";
  const rows = [
    ["allcores", allcores],
    ["Node", `${node} (V8 ${v8})`],
    ["machine", `${cpu}, ${platform} ${arch}`],
    ["cores seen", String(cores)],
    ["cores allowed", `${allowed}${quota === null ? "" : ` (a quota of ${quota})`}`],
    ["workers", `${workers}${process.env.ALLCORES_WORKERS ? " (ALLCORES_WORKERS)" : ""}`],
    ["Wasm features", namesOf(true)],
    ["not found", namesOf(false)],
    ["heap limit", `${reserved} bytes (${(reserved / 2 ** 20).toFixed(1)} MiB)`],
  ];
  printAnswer(
    json,
    answer,
    rows.map(([name, value]) => `${name?.padEnd(15)}${value}`),
  );
}
