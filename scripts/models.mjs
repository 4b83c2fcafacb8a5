/**
 * `npm run models`: checks the models of test/models with spin, in all the states that they can reach, and that each bug
 * which can be seeded on purpose is caught. Needs spin and a C compiler (Debian: apt-get install spin gcc). `--only lock`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const FOLDER = fileURLToPath(new URL("../test/models/", import.meta.url));
const TIMEOUT_MS = 300_000;

/** Each model: how many take part, and in which of these settings each bug shows. */
const MODELS = {
  lock: {
    settings: {
      "3 threads, one may die": ["THREADS=3", "MORTAL=true"],
      "2 threads, one may die, a promise": ["THREADS=2", "MORTAL=true", "PROMISE"],
      "2 threads twice": ["THREADS=2", "ROUNDS=2", "MORTAL=true"],
      "3 threads, the time of one may be over": ["THREADS=3", "MORTAL=false", "HASTY"],
      "the same, and one may die": ["THREADS=3", "MORTAL=true", "HASTY"],
    },
    bugs: [
      "BUG_NO_COMPARE",
      "BUG_FORGETS_SLEEPERS",
      "BUG_ASYNC_ON_STATE",
      "BUG_SILENT_TURN",
      "BUG_ANY_RECOVERS",
      "BUG_NO_LOOK",
      "BUG_SPARED_FOR_EVER",
      "BUG_LEAVES_AWAKE",
    ],
    // Too large to be searched whole: a bug is looked for, nothing is proved.
    searched: { "2 threads twice, a promise": ["THREADS=2", "ROUNDS=2", "MORTAL=false", "PROMISE"] },
  },
  bell: {
    settings: { "a thread and a line of promises": [], "2 threads": ["CONSUMERS_2"] },
    bugs: ["BUG_COUNTS_FOR_SLEEPERS_ONLY", "BUG_SILENT_CLEAR", "BUG_LOOKS_BEFORE_COUNT", "BUG_ABORT_KEEPS_LINE"],
  },
  condition: {
    settings: {
      "3 waiters, one gives up": ["MORTAL=false"],
      "3 waiters, one gives up, one may die": ["MORTAL=true"],
    },
    bugs: ["BUG_RELEASES_FIRST", "BUG_GIVES_UP_UNLOCKED", "BUG_ONE_WORD", "BUG_NOTIFIES_THE_DEAD"],
  },
  queue: {
    settings: { "one may die after any store": [] },
    bugs: ["BUG_NO_LOG", "BUG_LOGS_LATE", "BUG_PUBLISHES_EARLY", "BUG_UNDOES_FORWARD"],
  },
  room: {
    settings: {
      "one large item and three small ones": ["HASTY=false", "MORTAL=false", "LAST=1"],
      "the large one may be given up": ["HASTY=true", "MORTAL=false", "LAST=1"],
      "its thread may die": ["HASTY=false", "MORTAL=true", "LAST=1"],
      "two large items, one may be given up": ["HASTY=true", "MORTAL=false", "LAST=3"],
    },
    bugs: ["BUG_WAKES_ONE", "BUG_WAKES_FEW", "BUG_KEEPS_CLAIM", "BUG_SILENT_END", "BUG_NO_LOOK", "BUG_GOES_BY"],
  },
  steps: {
    settings: {
      "2 workers": ["WORKERS=2", "DEATHS=0"],
      "3 workers": ["WORKERS=3", "DEATHS=0"],
      "2 workers, the job may be stopped": ["WORKERS=2", "DEATHS=0", "HASTY"],
      "2 workers, one may die": ["WORKERS=2", "DEATHS=1"],
    },
    bugs: [
      "BUG_STAYS_OPEN",
      "BUG_ASKS_LATE",
      "BUG_COUNTS_NO_VISITS",
      "BUG_SLEEPS_BLIND",
      "BUG_HEARS_LATE",
      "BUG_STOPS_IN_SILENCE",
      "BUG_LOOKS_BEFORE_RING",
      "BUG_ENDS_IN_SILENCE",
    ],
  },
  lease: {
    settings: {
      "2 workers, 3 tasks": ["TASKS=3"],
      "2 tasks, a shutdown while they are under way": ["TASKS=2", "HASTY"],
      "2 tasks, one worker may die": ["TASKS=2", "DEATHS=1"],
      "one task, one worker may die, such a shutdown": ["TASKS=1", "DEATHS=1", "HASTY"],
      "2 tasks, one may be given ahead": ["TASKS=2", "AHEAD"],
      "the same, and one worker may die": ["TASKS=2", "AHEAD", "DEATHS=1"],
      "3 tasks, which may be deferred": ["TASKS=3", "DEFERS"],
      "2 tasks, and one worker may die": ["TASKS=2", "DEFERS", "DEATHS=1"],
    },
    bugs: [
      "BUG_SLEEPS_BLIND",
      "BUG_LOOKS_BEFORE_COUNT",
      "BUG_ARMS_LATE",
      "BUG_LISTENS_LATE",
      "BUG_ARMS_BLIND",
      "BUG_ANSWERS_BEFORE_REPLY",
      "BUG_COUNTS_BEFORE_ANSWER",
      "BUG_FREES_EARLY",
      "BUG_FREES_ARMED",
      "BUG_FORGETS_THE_DEAD",
      "BUG_CLEARS_LATE",
      "BUG_TAKES_BACK_BLIND",
      "BUG_FORGETS_AHEAD",
      "BUG_RINGS_TWICE",
      "BUG_LETS_SLEEP",
      "BUG_GOES_BY_IN_SILENCE",
      "BUG_RUNS_TWICE",
    ],
  },
};

const { values } = parseArgs({ options: { only: { type: "string" } } });
if (values.only && !Object.hasOwn(MODELS, values.only))
  throw new RangeError(`--only must be one of ${Object.keys(MODELS).join(", ")}`);

const scratch = mkdtempSync(join(tmpdir(), "allcores-models-"));
let faults = 0;
try {
  for (const [name, model] of Object.entries(MODELS)) if (!values.only || values.only === name) checkModel(name, model);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = faults > 0 ? 1 : 0;

function checkModel(name, { settings, bugs, searched = {} }) {
  for (const [what, defines] of Object.entries(settings)) {
    const { error, states, finished } = verify(name, defines);
    say(
      error === undefined && finished,
      `${name}, ${what}: ${error ?? (finished ? "no error" : "not finished")}, ${states} states`,
    );
  }
  for (const bug of bugs) {
    const shown = Object.entries({ ...settings, ...searched }).find(
      ([, defines]) => verify(name, [...defines, bug]).error !== undefined,
    );
    say(shown !== undefined, `${name}, ${bug}: ${shown ? `caught with ${shown[0]}` : "NOT caught"}`);
  }
}

function say(isRight, line) {
  if (!isRight) faults++;
  console.log(`${isRight ? "ok  " : "FAIL"} ${line}`);
}

/** Searches all states. @returns the first error, the number of states, and whether the search came to its end */
function verify(name, defines) {
  for (const file of ["pan", "pan.c"]) rmSync(join(scratch, file), { force: true }); // else a faulty model runs the last one
  const said = run("spin", [...defines.map((define) => `-D${define}`), "-a", join(FOLDER, `${name}.pml`)]);
  run("gcc", ["-O2", "-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=2048", "-o", "pan", "pan.c"]);
  if (!existsSync(join(scratch, "pan"))) throw new Error(`${name} with ${defines} is no model: ${said}`);
  const output = run(join(scratch, "pan"), ["-m1000000", "-w22"]);
  const error = /^pan:\d+: (.*?) \(at depth/m.exec(output)?.[1];
  const states = Number(/^\s*(\d+) states, stored/m.exec(output)?.[1] ?? 0);
  return { error, states, finished: /errors: 0/.test(output) && !/max search depth too small/.test(output) };
}

function run(command, args) {
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: scratch, encoding: "utf8", timeout: TIMEOUT_MS });
  if (error?.code === "ENOENT") throw new Error(`${command} is not there: apt-get install spin gcc`);
  return `${stdout}${stderr}`;
}
