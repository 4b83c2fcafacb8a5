/** What the compiler's thread loads: one request in, one reply out. The compiler takes 300 MB, which go with the thread. */
import { parentPort } from "node:worker_threads";
import type { CompileRequest } from "../messages.js";
import { runCompiler } from "../run.js";

parentPort?.on("message", async ({ id, request }: { id: number; request: CompileRequest }) => {
  parentPort?.postMessage({ id, reply: await runCompiler(request) });
});
