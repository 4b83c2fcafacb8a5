/** Reports as HTML, in a real browser where there is one. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type DoneComparison, renderHtml, type SavedReport } from "allcores/bench";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Browser, noBrowser, startBrowser } from "../support/browser.js";
import { temporaryFolder } from "../support/system.js";
import { fullReport, HOSTILE, HOSTILE_TOO, WRONG } from "./full-report.js";
import { reportOf } from "./reports.js";

const LIMIT = { timeout: 10_000 };
const report = fullReport();
const { schemaVersion, created, machine, loadAfter } = report;
const empty: SavedReport = { schemaVersion, created, machine, loadAfter, comparisons: [] };
const done = report.comparisons.filter((one): one is DoneComparison => one.state === "done");
const text = renderHtml(report);

describe("the text", () => {
  it("names nothing to load, has no script, and forbids both", LIMIT, () => {
    for (const page of [text, renderHtml(empty), renderHtml(reportOf({ a: 1, b: 2 }, 1))]) {
      expect(page).not.toMatch(/(src|href)\s*=\s*["']?\s*(https?:|\/\/)/i);
      expect(page).not.toMatch(/<(script|img|link|iframe|object)\b|@import|url\(|\son\w+="/i);
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
    }
  });

  it("has every name as text, and no figure that is none", LIMIT, () => {
    expect(text).not.toContain("<img");
    expect(text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(text).toContain("&quot;quoted&#39; &amp; | pipes");
    expect(text.replace(/<style>.*<\/style>/s, "")).not.toMatch(/NaN|undefined|Infinity|\bnull\b|\[object/);
  });

  it("is one page for one comparison, for a wrong one and for none", LIMIT, () => {
    expect(renderHtml(reportOf({ js: 4, wasm: 1 }, 1))).toMatch(/<h1>planted: wasm is (3\.9\d|4\.0\d) times as fast/);
    const wrong = renderHtml({ schemaVersion, created, machine, loadAfter, ...WRONG });
    expect(wrong).toContain("<h1>off by one bit: WRONG, the cases compute different things");
    expect(renderHtml(empty)).toContain("<h1>Nothing was compared.</h1>");
  });

  it("says which way a baseline went", LIMIT, () => {
    const { baseline } = report;
    if (baseline === undefined) expect.fail("no baseline");
    const held = { ...empty, baseline: { ...baseline, state: "held", regressions: [], wrong: [] } as const };
    expect(text).toContain("<b>Regressed</b>: 1 comparison that had been right is WRONG now");
    expect(renderHtml(held)).toContain("<b>Held</b>: none of 3 cases is slower than in the baseline.");
  });
});

if (noBrowser) console.warn(`The tests of reports in a browser are skipped: ${noBrowser}`);

// Scripts in the page are texts: the tests are compiled without the dom library.

/** Pairs of a text's colour and its ground with too little contrast: WCAG's 4.5, or 3 for large letters. */
const FAINT = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = parse(color).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return (parse(backgroundColor)[3] ?? 1) > 0 ? backgroundColor : groundOf(element.parentElement);
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.tagName !== "title" && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""));
  const faint = texts.flatMap((element) => {
    const style = getComputedStyle(element);
    const color = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [a, b] = [luminance(color), luminance(groundOf(element))].sort((x, y) => y - x);
    const wanted = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    return (a + 0.05) / (b + 0.05) < wanted ? [color + " on " + groundOf(element) + ": " + element.textContent.slice(0, 40)] : [];
  });
  return { checked: texts.length, faint };
})()`;

/** Labels of an axis that lie on one another. */
const OVERLAPPING = `[...document.querySelectorAll(".axis svg, svg.curve")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll("text.x, .axis text")].map((label) => [label.textContent, label.getBoundingClientRect()]);
  return boxes.flatMap(([name, box], i) => boxes.slice(i + 1).filter(([, other]) =>
    box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom).map(([other]) => name + " on " + other));
})`;

/** How far the page is wider than its window, in px. */
const TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const OPEN_ALL = `document.querySelectorAll("details").forEach((details) => { details.open = true; })`;

describe.skipIf(noBrowser)(`in Chromium${noBrowser ? `: skipped, ${noBrowser}` : ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 30_000);
  afterAll(() => browser?.close(), 20_000);

  /** Opens a report; what the page complains of and asks for is checked when the test ends. */
  async function open(page: string, width = 1200, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    const file = join(temporaryFolder(), "report.html");
    writeFileSync(file, page);
    const url = pathToFileURL(file).href;
    const tab = await browser.context.newPage();
    const [complaints, requests]: [string[], string[]] = [[], []];
    tab.on("console", (message) => complaints.push(message.text()));
    tab.on("pageerror", (error) => complaints.push(String(error)));
    tab.on("request", (request) => requests.push(request.url()));
    onTestFinished(async () => {
      await tab.close();
      expect(complaints).toEqual([]);
      expect(requests).toEqual([url]);
    });
    await tab.setViewportSize({ width, height: 900 });
    await tab.emulateMedia({ colorScheme });
    await tab.goto(url);
    return tab;
  }

  it("draws every case in both charts of its comparison, with all its samples", LIMIT, async () => {
    const tab = await open(text);
    expect(await tab.title()).toBe("Bench report");
    expect(await tab.locator("section.done").count()).toBe(done.length);
    for (const comparison of done) {
      const section = tab.locator("section.done").filter({ has: tab.getByRole("heading", { name: comparison.name }) });
      const { length } = comparison.cases;
      expect(await section.locator("figure.forest .row").count()).toBe(length);
      expect(await section.locator("figure.forest .row .center").count()).toBe(length);
      expect(await section.locator("figure.forest .row .interval[y1='50%']").count()).toBe(length - 1);
      expect(await section.locator("figure.forest .back .one").count()).toBe(1);
      expect(await section.locator("figure.forest .back .band").count()).toBe(1);
      expect(await section.locator("figure.bars .row .bar").count()).toBe(length);
      const paths = await section.locator("figure.bars path").all();
      const drawn = await Promise.all(paths.map((path) => path.getAttribute("d")));
      const samples = comparison.cases.flatMap((one) => one.samples);
      expect(drawn.join("").match(/M/g)?.length).toBe(samples.length);
    }
    expect(await tab.locator("section.scaling svg.curve").count()).toBe(2);
    expect(await tab.locator("svg.curve .point").count()).toBe(12);
    expect(await tab.locator("svg.curve .amdahl, svg.curve .usl").count()).toBe(2);
    expect(await tab.locator("figure.delay .row").count()).toBe(2);
  });

  it("gives every chart a size and words", LIMIT, async () => {
    const tab = await open(text);
    const charts = await tab.locator('svg[role="img"]').all();
    expect(charts.length).toBeGreaterThan(20);
    for (const chart of charts) {
      const box = await chart.boundingBox();
      expect(box?.width).toBeGreaterThan(100);
      expect(box?.height).toBeGreaterThan(15);
      expect(await chart.locator("title").textContent()).toMatch(/\S+: \S+/);
    }
    expect(await tab.locator("svg:not([role=img]):not([aria-hidden=true]):not(svg svg)").count()).toBe(0);
    // Bars end where their times say: on the logarithmic scale too, more time is more to the right.
    const right = (name: string) =>
      tab.locator("figure.bars .row", { hasText: name }).first().locator(".bar").boundingBox();
    const [slow, fast] = [await right("JS serial"), await right("Wasm threads (2)")];
    expect(slow?.width).toBeGreaterThan(1.2 * (fast?.width ?? Number.POSITIVE_INFINITY));
  });

  it("groups cases by their implementation, each with a colour of its own", LIMIT, async () => {
    const tab = await open(text);
    const groups = tab.locator("section.done figure.bars .group");
    expect(await groups.allTextContents()).toEqual(["JS", "Wasm", "C"]);
    const colours = await tab.evaluate<string[]>(
      `[...document.querySelectorAll("figure.bars .group i")].map((mark) => getComputedStyle(mark).backgroundColor)`,
    );
    expect(new Set(colours).size).toBe(3);
  });

  it("shows what is wrong first and loudly, and no times of it", LIMIT, async () => {
    const tab = await open(text);
    expect(await tab.locator("h1").textContent()).toMatch(/^1 of 4 comparisons is WRONG \(off by one bit\); /);
    expect(await tab.locator(".findings li").first().textContent()).toContain("off by one bit");
    const wrong = tab.locator("section.comparison").first();
    expect(await wrong.locator(".alarm").isVisible()).toBe(true);
    expect(await wrong.textContent()).toContain("1.0000000000000002, not 1");
    expect(await wrong.textContent()).not.toMatch(/\d [mnµ]?s\b/);
    expect(await wrong.locator("svg, table").count()).toBe(0);
  });

  it("shows the baseline, and all figures behind the charts", LIMIT, async () => {
    const tab = await open(text);
    const baseline = tab.locator("section.baseline");
    expect(await baseline.locator(".alarm").textContent()).toContain("1 of 3 cases is slower than in the baseline");
    expect(await baseline.locator("table").first().locator("tbody tr").count()).toBe(1);
    expect(await baseline.textContent()).toContain("Not here now: of users: gone.");
    const table = tab.locator("section.done table").first();
    expect(await table.isVisible()).toBe(false);
    await tab.locator("section.done summary").first().click();
    expect(await table.isVisible()).toBe(true);
    expect(await table.locator("tbody tr").count()).toBe(6);
    expect(await table.locator("thead").textContent()).toMatch(/medianMADfirst callns per sampleGB\/s/);
    expect(await tab.locator("section.machine dl").textContent()).toMatch(/pi\.wasm [0-9a-f]{64}/);
    await tab.emulateMedia({ media: "print" });
    expect(await tab.locator("section.done table").nth(1).isVisible()).toBe(true);
  });

  it("keeps names as text", LIMIT, async () => {
    const tab = await open(text);
    expect(await tab.locator("img, script, b b").count()).toBe(0);
    const names = await tab.locator("figure.forest .name").allTextContents();
    expect(names).toContain(HOSTILE);
    expect(names).toContain(HOSTILE_TOO);
  });

  it("has a light and a dark look, both easy to read", LIMIT, async () => {
    const grounds = new Set<unknown>();
    for (const scheme of ["light", "dark"] as const) {
      const tab = await open(text, 1200, scheme);
      await tab.evaluate(OPEN_ALL);
      const { checked, faint } = await tab.evaluate<{ checked: number; faint: string[] }>(FAINT);
      expect(checked).toBeGreaterThan(200);
      expect(faint).toEqual([]);
      grounds.add(await tab.evaluate("getComputedStyle(document.body).backgroundColor"));
    }
    expect(grounds.size).toBe(2);
  });

  it.each([320, 375, 768, 1200])("fits into %i px, with everything open", LIMIT, async (width) => {
    const tab = await open(text, width);
    expect(await tab.evaluate(TOO_WIDE)).toBe(0);
    expect(await tab.evaluate(OVERLAPPING)).toEqual([]);
    await tab.evaluate(OPEN_ALL);
    expect(await tab.evaluate(TOO_WIDE)).toBe(0);
  });

  it("opens without comparisons", LIMIT, async () => {
    const tab = await open(renderHtml(empty), 375);
    expect(await tab.locator("h1").textContent()).toBe("Nothing was compared.");
    expect(await tab.locator("section").count()).toBe(1);
    expect(await tab.evaluate(TOO_WIDE)).toBe(0);
  });
});
