/** Measures all groups of rows in this process, which latency.study.ts starts on the cores that it names. */
import { printRow, type Row } from "./figures.js";
import { idle } from "./idle.js";
import { jobs } from "./jobs.js";
import { loops } from "./loops.js";
import { maps } from "./maps.js";
import { pictures } from "./pictures.js";
import { processes } from "./processes.js";
import { ranges } from "./ranges.js";
import { startups } from "./startups.js";
import { submits } from "./submits.js";

/** A group spends this share of its full time. */
type Group = (share: number) => Promise<Row[]>;

const DISPATCH: readonly Group[] = [submits, ranges, jobs];
const REST: readonly Group[] = [maps, processes, startups, idle, loops, pictures];
const QUICK = 0.1;

const [schedule = "unpinned", mode] = process.argv.slice(2);

// Eight workers are meant, also on one core.
process.removeAllListeners("warning");
// A quick run on chosen cores has the rows of the dispatch only.
const groups = mode === "quick" && schedule !== "unpinned" ? DISPATCH : [...DISPATCH, ...REST];
for (const group of groups) for (const row of await group(mode === "quick" ? QUICK : 1)) printRow(schedule, row);
