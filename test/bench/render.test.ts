/** How figures are written, and where axes have their ticks. */
import { describe, expect, it } from "vitest";
import {
  showBytes,
  showFigure,
  showInterval,
  showPercent,
  showRatio,
  showShort,
  showTime,
  showTimeTick,
  showWhen,
} from "../../dist/bench/render/format.js";
import { linearScale, logScale } from "../../dist/bench/render/scales.js";

const LIMIT = { timeout: 5000 };

describe("figures", () => {
  it.each([
    [0, "0"],
    [1, "1.00"],
    [0.99951, "1.00"],
    [9.996, "10.0"],
    [12.34, "12.3"],
    [1234.5, "1,230"],
    [0.012345, "0.0123"],
    [0.0000123, "1.23e-5"],
    [1.234e12, "1.23e+12"],
    [-2.5, "-2.50"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("%s is %s", LIMIT, (value, shown) => expect(showFigure(value)).toBe(shown));

  it.each([
    [0, "0 ms"],
    [2e-6, "2.00 ns"],
    [3.2e-8, "0.0320 ns"],
    [0.00123, "1.23 µs"],
    [0.99949, "999 µs"],
    [0.9996, "1.00 ms"],
    [12.34, "12.3 ms"],
    [999.6, "1.00 s"],
    [123456, "123 s"],
    [Number.NaN, "–"],
  ])("%s ms is %s", LIMIT, (ms, shown) => expect(showTime(ms)).toBe(shown));

  it("ticks, percents, bytes and dates are short", LIMIT, () => {
    expect([0, 0.05, 20, 2500].map(showTimeTick)).toEqual(["0", "50 µs", "20 ms", "2.5 s"]);
    expect([0.0008, 1e-15, 100, 2.5].map((value) => showShort(value))).toEqual(["0.0008", "1e-15", "100", "2.5"]);
    expect([0.012, 0.5, 1, 1e-16, Number.NaN].map((part) => showPercent(part))).toEqual([
      "1.2%",
      "50.0%",
      "100%",
      "0%",
      "–",
    ]);
    expect([0, 512, 1024, 1.5 * 2 ** 20].map(showBytes)).toEqual(["0 bytes", "512 bytes", "1 KiB", "1.5 MiB"]);
    expect(showWhen("2026-01-31T12:34:56.000Z")).toBe("2026-01-31 12:34 UTC");
    expect(showWhen("yesterday")).toBe("yesterday");
  });

  it("near 1 narrow intervals have a third decimal, and both ends those of the ratio", LIMIT, () => {
    const wide = { median: 2.345, low: 2.2, high: 10.5, confidence: 0.95 };
    expect(`${showRatio(wide)} (${showInterval(wide)})`).toMatch(/^2\.3[45] \(2\.20 to 10\.50\)$/);
    const narrow = { median: 1.0002, low: 0.99931, high: 1.0021, confidence: 0.95 };
    expect(`${showRatio(narrow)} (${showInterval(narrow)})`).toBe("1.000 (0.999 to 1.002)");
    const below = { median: 0.99997, low: 0.9941, high: 1.0049, confidence: 0.95 };
    expect(`${showRatio(below)} (${showInterval(below)})`).toBe("1.000 (0.994 to 1.005)");
    const none = { median: Number.NaN, low: 0, high: Number.POSITIVE_INFINITY, confidence: 0.95 };
    expect(`${showRatio(none)} (${showInterval(none)})`).toBe("– (0 to –)");
  });
});

describe("scales", () => {
  it.each([
    [0, 10, [0, 2, 4, 6, 8, 10]],
    [0, 0.35, [0, 0.1, 0.2, 0.3]],
    [0.95, 1.04, [0.96, 0.98, 1, 1.02, 1.04]],
  ])("linear from %s to %s", LIMIT, (low, high, ticks) => expect(linearScale(low, high).ticks).toEqual(ticks));

  it.each([
    [0.9, 12, [1, 2, 5, 10]],
    [0.9, 110, [1, 3, 10, 30, 100]],
    [0.9, 9000, [1, 10, 100, 1000]],
    [1e-6, 1e4, [1e-6, 1e-3, 1, 1000]],
    [2.1, 4.9, [3, 4]],
  ])("logarithmic from %s to %s", LIMIT, (low, high, ticks) => {
    expect(logScale(low, high).ticks.map((tick) => Number(tick.toPrecision(9)))).toEqual(ticks);
  });

  it("keep what lies outside at their ends", LIMIT, () => {
    for (const scale of [linearScale(1, 100), logScale(1, 100)])
      expect([0.1, 1, 100, 1e6, Number.NaN].map((value) => scale.at(value))).toEqual([0, 0, 1, 1, 0]);
    expect(logScale(1, 100).at(10)).toBeCloseTo(0.5, 12);
    expect(linearScale(3, 3).at(3)).toBe(0);
  });
});
