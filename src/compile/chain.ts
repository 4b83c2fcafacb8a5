/**
 * Errors in libraries, and the user's code that led there: the compiler compiles what a call needs while it compiles the
 * call, so the innermost expression of the user's that is under way when an error comes is the one that caused it.
 */
import type { AscInternals, AscProgram, AscRange } from "./asc.js";

const underWay: AscRange[] = [];
const watched = new WeakSet<object>();

const isOwn = ({ source }: AscRange) => !source.normalizedPath.startsWith("~");

/** Keeps what the compiler is at, from now on. */
export function watchCompiler({ Compiler }: AscInternals): void {
  const prototype = Compiler?.prototype;
  if (!prototype || watched.has(prototype)) return;
  watched.add(prototype);
  for (const name of ["compileExpression", "compileStatement"] as const) {
    const compile = prototype[name];
    prototype[name] = function (this: unknown, node, ...rest) {
      if (!isOwn(node.range)) return compile.call(this as never, node, ...rest);
      underWay.push(node.range);
      try {
        return compile.call(this as never, node, ...rest);
      } finally {
        underWay.pop();
      }
    };
  }
}

/** Gives errors in libraries the place that led there, as their related range. */
export function traceErrors({ diagnostics }: AscProgram): void {
  underWay.length = 0;
  const { push } = diagnostics;
  diagnostics.push = (message) => {
    const last = underWay.at(-1);
    if (message.range && last && !isOwn(message.range)) message.relatedRange = last;
    return push.call(diagnostics, message);
  };
}
