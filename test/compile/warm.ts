/**
 * Setup of the files that compile in one process: the compiler's thread would end after 5 s without a request, and the
 * next one takes 5 s of processor time to get warm.
 */
import { compileInThread } from "../../dist/compile/thread.js";

const REQUEST = { file: "/none.ts", base: 0, arena: 65_536, optimize: 0, noAssert: false } as const;
const kept = globalThis as { compilerIsKept?: boolean };

if (!kept.compilerIsKept) setInterval(() => void compileInThread(REQUEST), 3000).unref();
kept.compilerIsKept = true;
