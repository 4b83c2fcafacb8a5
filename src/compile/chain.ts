/**
 * Errors in libraries, and the user's code that led there. The compiler compiles a called function while it compiles the
 * call, so the innermost user expression that is under way at an error is the one that caused it.
 */
import type { AscInternals, AscProgram, AscRange } from "./asc.js";

const underWay: AscRange[] = [];
const watched = new WeakSet<object>();

const isUserCode = ({ source }: AscRange) => !source.normalizedPath.startsWith("~");

/** Makes the compiler keep a stack of the user's expressions that it is compiling. */
export function watchCompiler({ Compiler }: AscInternals): void {
  const prototype = Compiler?.prototype;
  if (!prototype || watched.has(prototype)) return;
  watched.add(prototype);
  for (const name of ["compileExpression", "compileStatement"] as const) {
    const compile = prototype[name];
    prototype[name] = function (this: unknown, node, ...rest) {
      if (!isUserCode(node.range)) return compile.call(this as never, node, ...rest);
      underWay.push(node.range);
      try {
        return compile.call(this as never, node, ...rest);
      } finally {
        underWay.pop();
      }
    };
  }
}

/** Sets the related range of errors in libraries to the user's code that led there. */
export function traceErrors({ diagnostics }: AscProgram): void {
  underWay.length = 0;
  const { push } = diagnostics;
  diagnostics.push = (message) => {
    const last = underWay.at(-1);
    if (message.range && last && !isUserCode(message.range)) message.relatedRange = last;
    return push.call(diagnostics, message);
  };
}
