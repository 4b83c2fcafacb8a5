/** The entry file of the compiler's thread: one request in, one reply out. The compiler's 300 MB go when the thread ends. */
import { type MessagePort, workerData } from "node:worker_threads";
import type { CompileRequest } from "../messages.js";
import { runCompiler } from "../run.js";

/** The compiler calls process.exit when it fails: here the call becomes an error of the request. */
process.exit = () => {
  const why = "the compiler has crashed (as it does over files that export * from each other), and said how on stderr";
  throw Object.assign(new Error(why), { stack: undefined });
};

const { port } = workerData as { port: MessagePort };
port.on("message", async ({ id, request }: { id: number; request: CompileRequest }) => {
  port.postMessage({ id, reply: await runCompiler(request) });
});
