/** In a separate process, `first-call.js URL NAME`: the first call of one case of a case file, timed and reported. */
import { caseFile, type FirstCallMessage } from "../case-file.js";
import { fill } from "../outcome.js";
import { callFirst } from "../subject.js";

async function firstCall(): Promise<FirstCallMessage> {
  const [url = "", name = ""] = process.argv.slice(2);
  try {
    const { cases, output } = await caseFile(url);
    // As in the gate: memory that was never touched would be timed otherwise, in one case and not in the next.
    if (output) fill(output(), 0);
    const run = cases[name];
    if (typeof run !== "function")
      throw new RangeError(`there is no case of that name, only ${Object.keys(cases).join(", ")}`);
    const { ms } = await callFirst(name, run, undefined);
    return { ms };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

// The cases may have workers that would keep the process: it ends when it has said what it was asked.
process.once("disconnect", () => process.exit());
void firstCall().then((message) => process.send?.(message, () => process.exit()));
