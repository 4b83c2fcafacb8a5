/** Setup of the quick tests: none of their files starts a process or a thread, so that they stay quick. */
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

function refuse(): never {
  throw new Error("this test starts a process or a thread: name its file in NOT_QUICK of vitest.config.ts");
}

const names = ["spawn", "spawnSync", "fork", "exec", "execSync", "execFile", "execFileSync"];
Object.assign(childProcess, Object.fromEntries(names.map((name) => [name, refuse])));
threads.Worker = class {
  constructor() {
    refuse();
  }
} as never;
syncBuiltinESMExports();
