/** The compiler's thread would end after 5 s without a request, and the next one takes 4 s of processor time to get warm. */
import { compileInThread } from "../../dist/compile/thread.js";

const REQUEST = { file: "/none.ts", base: 0, arena: 65_536, optimize: 0, noAssert: false };

/** Keeps that of this process for as long as something else keeps the process. */
export function keepCompiler() {
  setInterval(() => void compileInThread(REQUEST), 3000).unref();
}
