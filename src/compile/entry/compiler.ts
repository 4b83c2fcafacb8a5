/** What the compiler's thread loads: one request in, one reply out. The compiler takes 300 MB, which go with the thread. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { CompileRequest } from "../messages.js";
import { runCompiler } from "../run.js";

const { port } = workerData as { port: MessagePort };
port.on("message", async ({ id, request }: { id: number; request: CompileRequest }) => {
  port.postMessage({ id, reply: await runCompiler(request) });
});
