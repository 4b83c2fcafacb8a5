/** What the threads of a test leave uncaught. */
import { excepthook, type Uncaught } from "allcores/threading";
import { afterEach, beforeEach } from "vitest";

/** Hears it in place of stderr, in each test of the file. @returns the reports of the test that runs */
export function hearUncaught(): Uncaught[] {
  const reports: Uncaught[] = [];
  let before = excepthook();
  beforeEach(() => {
    reports.length = 0;
    before = excepthook((report) => reports.push(report));
  });
  afterEach(() => void excepthook(before));
  return reports;
}
