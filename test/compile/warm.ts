/** Setup of the files that compile in one process: they share the compiler's thread. */
import { keepCompiler } from "../support/keep-compiler.mjs";

const kept = globalThis as { compilerIsKept?: boolean };

if (!kept.compilerIsKept) keepCompiler();
kept.compilerIsKept = true;
