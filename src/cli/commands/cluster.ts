/** `allcores cluster`: what there is at a queue, and a demonstration on this machine. */
import type { Command } from "commander";
import { addPlaceOptions, type PlaceFlags } from "../cluster/options.js";
import { asUse, newCommand, withExample } from "../command.js";
import { printAnswer, showCount, showSeconds } from "../output.js";
import { formatTable } from "../table.js";

export function clusterCommand(signal: AbortSignal): Command {
  const cluster = newCommand("cluster", "look at a cluster, or see one work on this machine");
  cluster.addCommand(statusCommand()).addCommand(demoCommand(signal));
  return withExample(cluster, "allcores cluster demo", "allcores cluster status --connection redis://10.0.0.1:6379");
}

interface StatusFlags extends PlaceFlags {
  readonly json?: boolean;
}

function statusCommand(): Command {
  const command = addPlaceOptions(newCommand("status", "show the workers, the runs and the chunks at a queue"));
  command.option("--json", "print one JSON object");
  command.action((flags: StatusFlags) => asUse(command, () => status(flags)));
  return withExample(command, "allcores cluster status --connection redis://10.0.0.1:6379 --queue render");
}

async function status({ json, ...place }: StatusFlags): Promise<void> {
  const { ClusterExecutor } = await import("allcores/cluster");
  await using executor = new ClusterExecutor(place);
  const answer = await executor.status();
  const { workers, runs, chunks } = answer;
  const { waiting, active, failed } = chunks;
  printAnswer(json, answer, [
    ...formatTable([
      ["worker", "host", "pid", "threads", "version"],
      ...workers.map(({ id, host, pid, threads, version }) => [id, host, String(pid), String(threads), version]),
    ]),
    "",
    ...formatTable([
      ["run", "host", "pid", "jobs", "items done", "of"],
      ...runs.map((run) => [
        run.id,
        run.host,
        ...[run.pid, run.jobs].map(String),
        ...[run.done, run.total].map(showCount),
      ]),
    ]),
    "",
    `chunks: ${showCount(waiting)} waiting, ${showCount(active)} active, ${showCount(failed)} failed`,
  ]);
}

function demoCommand(signal: AbortSignal): Command {
  const command = newCommand("demo", "start a redis-server and two workers, kill one of them, and compare the answers");
  command.option("--json", "print one JSON object");
  command.action(({ json }: { json?: boolean }) => asUse(command, () => demo(json, signal)));
  return withExample(command, "allcores cluster demo");
}

async function demo(json: boolean | undefined, signal: AbortSignal): Promise<void> {
  const { runDemo } = await import("../cluster/demo.js");
  const rows = await runDemo(signal);
  printAnswer(json, { works: rows }, [
    "A redis-server on a Unix socket, two workers of one thread each. One was killed by SIGKILL while pi was half done, and",
    "another one came for the fractal.",
    "",
    ...formatTable([
      ["", "cluster", "threads, here", "answer of both"],
      ...rows.map(({ work, clusterSeconds, threadSeconds, answer }) => [
        work,
        ...[clusterSeconds, threadSeconds].map(showSeconds),
        answer,
      ]),
    ]),
  ]);
}
