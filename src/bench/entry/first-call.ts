/** In a separate process, `first-call.js URL NAME`: the first call of one case of a case file, timed and reported. */
import { caseFile, type FirstCallMessage } from "../case-file.js";
import { fill } from "../outcome.js";
import { callFirst } from "../subject.js";

async function firstCall(): Promise<FirstCallMessage> {
  const [url = "", name = ""] = process.argv.slice(2);
  try {
    const { cases, output } = await caseFile(url);
    // The gate fills the output, too: else the time of one case would hold the first touch of its memory, that of others not.
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

// Workers of the cases would keep the process alive: it ends when its message is sent.
process.once("disconnect", () => process.exit());
void firstCall().then((message) => process.send?.(message, () => process.exit()));
