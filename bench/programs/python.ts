/** Peers in Python: bench/python/x.py, run by the first Python on the PATH that has what it imports. */
import { join } from "node:path";
import { machine } from "allcores";
import { onPath, ROOT } from "./find.js";
import { Peer } from "./peer.js";

export type PythonProgram = "pi" | "fractal" | "sum";

/** How it is written: "numba-parallel" on all cores that this process may use, the others on one. */
export type PythonVariant = "python" | "numpy" | "numba" | "numba-parallel";

/** What a variant can't do without, which it says it has not. */
const MODULES = { python: undefined, numpy: "numpy", numba: "numba", "numba-parallel": "numba" } as const;

/** Pythons with the module that each has said it lacks: to find that out again takes a start. */
const lacking = new Set<string>();

/** Starts a program. Rejects with an error whose one line says why none runs here. */
export async function startPython(name: PythonProgram, variant: PythonVariant, signal?: AbortSignal): Promise<Peer> {
  const reasons: string[] = [];
  const module = MODULES[variant];
  for (const command of onPath("python3", "python")) {
    const pair = `${command} ${module}`;
    if (lacking.has(pair)) {
      reasons.push(`no ${module}`);
      continue;
    }
    try {
      return await Peer.start({
        name: `${name}.py ${variant}`,
        command,
        // -B: no __pycache__ in the package's folder.
        args: ["-B", join(ROOT, `bench/python/${name}.py`), variant],
        env: { NUMBA_NUM_THREADS: String(machine().allowed), PYTHONSAFEPATH: "" },
        signal,
      });
    } catch (error) {
      signal?.throwIfAborted();
      const { message } = error as Error;
      if (module !== undefined && message === `no ${module}`) lacking.add(pair);
      reasons.push(message);
    }
  }
  throw new Error(tellingOf(reasons, module));
}

/** Of all Pythons' reasons, the one that tells most: a module that is there and fails, none, anything else. */
function tellingOf(reasons: readonly string[], module: string | undefined): string {
  if (module !== undefined) {
    const broken = reasons.find((reason) => reason.startsWith(`${module}: `));
    if (broken !== undefined) return broken;
    if (reasons.includes(`no ${module}`)) return `no Python here has ${module}`;
  }
  return reasons[0] ?? "no Python (python3 or python) here";
}
