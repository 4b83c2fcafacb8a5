/**
 * The page's style. Colours are custom properties, one set for light and one for dark: in both, text has a contrast of at
 * least 4.5 to its ground, and marks one of 3. The tones stay apart for eyes that see red and green alike (after Okabe and
 * Ito), and every mark has its name beside it.
 */

const LIGHT = `--ground: #f5f6f8; --card: #fff; --ink: #1b1f27; --soft: #59616f; --line: #dde1e8; --strong: #8b93a1;
--accent: #0b5cad; --band: #e3e6ec; --good: #146c43; --bad: #b3201b; --bad-ground: #fdeceb; --good-ground: #e6f4ec;
--tone0: #c05a00; --tone1: #0072b2; --tone2: #00845f; --tone3: #a14a86; --tone4: #8a6d00; --tone5: #5c6675; color-scheme: light;`;
const DARK = `--ground: #0f1218; --card: #181c24; --ink: #e8ebf0; --soft: #a3acba; --line: #2b313c; --strong: #6d7685;
--accent: #7bb8f5; --band: #2a303b; --good: #63d29b; --bad: #ff8f86; --bad-ground: #3a1a1a; --good-ground: #14301f;
--tone0: #ff9a4d; --tone1: #58b4f0; --tone2: #3ecba0; --tone3: #e79bca; --tone4: #f0cb4a; --tone5: #b3bcc9; color-scheme: dark;`;

const TONES = [0, 1, 2, 3, 4, 5].map((tone) => `.tone${tone} { --mark: var(--tone${tone}); }`).join("\n");

export const STYLE = `
:root { ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.35rem, 1rem + 1.6vw, 2.1rem); letter-spacing: -0.015em; max-width: 58rem; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; }
p { margin: 0.35rem 0 0; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.kicker { margin: 0 0 0.5rem; color: var(--soft); font-size: 0.85rem; font-weight: 600; letter-spacing: 0.04em; }
.soft { color: var(--soft); font-size: 0.9rem; }
.findings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.5rem), 1fr)); gap: 0.75rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.findings a { display: block; height: 100%; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--card); color: inherit; text-decoration: none; }
.findings a:hover { border-color: var(--accent); }
.findings b { display: block; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; color: var(--accent); }
.findings small span { white-space: nowrap; }
.findings .none b { color: var(--soft); }
.findings small { display: block; font-size: 0.82rem; color: var(--soft); }
.findings .wrong a { border: 2px solid var(--bad); background: var(--bad-ground); }
.findings .wrong b, .alarm b { color: var(--bad); }
section { margin-top: 1.25rem; padding: 1.25rem 1.4rem 1.4rem; border: 1px solid var(--line); border-radius: 0.9rem; background: var(--card); scroll-margin-top: 1rem; }
.alarm { margin-top: 0.9rem; padding: 0.8rem 1rem; border: 2px solid var(--bad); border-left-width: 0.6rem; border-radius: 0.5rem; background: var(--bad-ground); }
.fine { margin-top: 0.9rem; padding: 0.6rem 1rem; border: 1px solid var(--good); border-left-width: 0.6rem; border-radius: 0.5rem; background: var(--good-ground); }
.alarm ul, .plain { margin: 0.4rem 0 0; padding-left: 1.2rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 0 2.2rem; }
/* Charts side by side share their rows, so that a legend of two lines moves both. */
.charts > figure { display: grid; grid-row: span 4; grid-template: subgrid / minmax(0, 1fr); min-width: 0; margin-top: 1.3rem; }
.scaling .charts > figure { grid-row: span 5; }
figure { margin: 0; }
figcaption { font-weight: 600; font-size: 0.95rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; align-content: start; margin: 0.1rem 0 0.5rem; color: var(--soft); font-size: 0.78rem; }
.key { display: inline-block; width: 1.1rem; height: 0.7rem; vertical-align: -0.05rem; overflow: visible; }
.key.line { width: 1.9rem; }
.key.dot { width: 0.6rem; }
.rows { position: relative; --name: 9.5rem; --figure: 10rem; }
.row { position: relative; display: grid; grid-template: "name plot figure" minmax(1.75rem, auto) / var(--name) minmax(0, 1fr) var(--figure); align-items: center; }
.bars .rows, .bars .axis { --figure: 4.8rem; }
.delay .rows, .delay .axis { --figure: 6.6rem; --name: 15rem; }
.name { grid-area: name; padding: 0.1rem 0.6rem 0.1rem 0; font-size: 0.84rem; line-height: 1.2;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.figure { grid-area: figure; padding-left: 0.5rem; font-size: 0.78rem; line-height: 1.1; text-align: right; }
.best .figure { font-weight: 700; }
.figure span { white-space: nowrap; }
.plot { position: relative; grid-area: plot; align-self: stretch; }
.plot > svg { position: absolute; inset: 0; margin: auto 0; width: 100%; height: 100%; max-height: 2rem; overflow: visible; }
.back { position: absolute; top: 0; bottom: 0; left: var(--name); width: calc(100% - var(--name) - var(--figure)); height: 100%; overflow: visible; }
.axis { --name: 9.5rem; --figure: 10rem; padding: 0 var(--figure) 0 var(--name); border: 0; }
.axis svg { display: block; width: 100%; height: 1.25rem; overflow: visible; }
.axis text, .curve text { fill: var(--soft); font-size: 11px; text-anchor: middle; }
.group { position: relative; display: flex; align-items: center; gap: 0.4rem; margin: 0; padding: 0.35rem 0 0; color: var(--soft); font-size: 0.74rem; font-weight: 600; letter-spacing: 0.03em; }
.group i { flex: none; width: 0.65rem; height: 0.65rem; border-radius: 0.2rem; background: var(--mark); }
.grid { stroke: var(--line); stroke-width: 1; }
.band { fill: var(--band); }
.one { stroke: var(--strong); stroke-width: 1.5; }
${TONES}
.tone-first { --mark: var(--tone0); }
.key { --mark: var(--soft); }
.key.tone1 { --mark: var(--tone1); }
.interval { stroke: var(--mark); stroke-width: 2; }
.center { fill: var(--mark); stroke: var(--card); stroke-width: 1.5; }
.muted .figure { color: var(--soft); }
.muted .interval { stroke: var(--strong); }
.muted .center { fill: var(--card); stroke: var(--strong); stroke-width: 2; }
.bar { fill: var(--mark); fill-opacity: 0.32; }
.median { stroke: var(--mark); stroke-width: 3; }
.whisker { stroke: var(--ink); stroke-width: 1.2; }
.samples { fill: none; stroke: var(--ink); stroke-opacity: 0.3; stroke-width: 2.6; stroke-linecap: round; }
.outliers { fill: none; stroke: var(--bad); stroke-opacity: 0.75; stroke-width: 4.4; stroke-linecap: round; }
.sample { fill: var(--ink); fill-opacity: 0.6; }
.outlier { fill: var(--bad); }
.beyond { fill: var(--bad); font-size: 13px; text-anchor: middle; dominant-baseline: central; }
.late { stroke: var(--mark); stroke-width: 3; }
.worst { fill: var(--card); stroke: var(--mark); stroke-width: 2; }
.curve { display: block; width: 100%; overflow: visible; }
.curve .y { text-anchor: end; dominant-baseline: central; }
.curve .last { fill: var(--ink); font-size: 13px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.ideal { fill: none; stroke: var(--strong); stroke-width: 1.3; stroke-dasharray: 2 4; }
.amdahl { fill: none; stroke: var(--tone0); stroke-width: 2; }
.usl { fill: none; stroke: var(--tone1); stroke-width: 2; stroke-dasharray: 8 5; }
.point { fill: var(--ink); stroke: var(--card); stroke-width: 1.5; }
.scroll { overflow-x: auto; margin-top: 0.6rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.84rem; }
th, td { padding: 0.32rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: normal; overflow-wrap: normal; vertical-align: bottom; }
th:first-child, td:first-child { min-width: 9rem; padding-left: 0; text-align: left; white-space: normal; overflow-wrap: anywhere; }
tbody th { color: inherit; font-weight: 500; vertical-align: top; }
details { margin-top: 1rem; }
summary { width: fit-content; color: var(--accent); font-size: 0.88rem; cursor: pointer; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: 0.25rem 1.2rem; margin: 0.8rem 0 0; font-size: 0.88rem; }
dt { color: var(--soft); }
dd { margin: 0; }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: 0.82rem; }
@media (max-width: 40rem) {
  main { padding: 1.2rem 0.75rem 3rem; }
  section { padding: 1rem 0.9rem 1.1rem; }
  .rows, .axis, .bars .rows, .bars .axis, .delay .rows, .delay .axis { --name: 0px; --figure: 0px; }
  .row { grid-template: "name figure" auto "plot plot" 1.5rem / minmax(0, 1fr) auto; padding-top: 0.35rem; }
  .name { padding: 0; }
  th, td { padding: 0.32rem 0.35rem; }
  th:first-child, td:first-child { min-width: 4.5rem; }
  .name bdi, .figure { justify-self: end; background: var(--card); }
  .findings a { display: grid; grid-template: "big name" auto "big text" 1fr / 5rem minmax(0, 1fr); align-items: center; column-gap: 0.8rem; padding: 0.6rem 0.8rem; }
  .findings b { grid-area: big; font-size: 1.35rem; }
  .findings a > span { grid-area: name; }
  .findings small { grid-area: text; }
}
@media print {
  :root { ${LIGHT} }
  body { background: none; font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section, .findings a { border-color: var(--line); }
  .row, .findings li, tr { break-inside: avoid; }
  h2, h3, figcaption, .legend { break-after: avoid; }
  details::details-content { display: block; content-visibility: visible; }
  .scroll { overflow: visible; }
}
`;
