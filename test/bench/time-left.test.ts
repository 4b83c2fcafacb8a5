/** What a run expects to take still. */
import { describe, expect, it } from "vitest";
import { TimeLeft } from "../../dist/cli/suite/time-left.js";

const TIMEOUT = 5_000;

describe("the time left", { timeout: TIMEOUT }, () => {
  it("is what parts are expected to take, corrected by those that are over", () => {
    let now = 0;
    const left = new TimeLeft([1000, 2000, 500], () => now);
    expect(left.ms()).toBe(3500);
    now = 400;
    expect(left.ms()).toBe(3100);
    now = 2000;
    left.next();
    expect(left.ms()).toBe(5000);
    now = 4000;
    expect(left.ms()).toBe(3000);
  });

  it("of a part that takes too long is at least what its stage says, and the parts behind it keep theirs", () => {
    let now = 0;
    const left = new TimeLeft([1000, 500], () => now);
    now = 30_000;
    expect(left.ms()).toBe(500);
    expect(left.ms(700)).toBe(1200);
    expect(new TimeLeft([], () => now).ms(700)).toBe(700);
  });
});
