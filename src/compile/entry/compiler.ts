/** What the compiler's thread loads: one request in, one reply out. The compiler takes 300 MB, which go with the thread. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { CompileRequest } from "../messages.js";
import { runCompiler } from "../run.js";

/** The compiler ends the process when it fails: here it is an error of the request. */
process.exit = () => {
  const why = "the compiler has crashed (as it does over files that export * from each other), and said how on stderr";
  throw Object.assign(new Error(why), { stack: undefined });
};

const { port } = workerData as { port: MessagePort };
port.on("message", async ({ id, request }: { id: number; request: CompileRequest }) => {
  port.postMessage({ id, reply: await runCompiler(request) });
});
