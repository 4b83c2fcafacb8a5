/** Text tables: the first column aligned left, the others right, each as wide as its widest cell. */

/** A row of cells, or a line across. */
export type Row = readonly string[] | "line";

/** The table's lines. */
export function formatTable(rows: readonly Row[], gap = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows)
    if (row !== "line")
      row.forEach((cell, column) => {
        widths[column] = Math.max(widths[column] ?? 0, cell.length);
      });
  const line = "─".repeat(
    Math.max(
      0,
      widths.reduce((sum, width) => sum + width + gap.length, -gap.length),
    ),
  );
  return rows.map((row) =>
    row === "line"
      ? line
      : row
          .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
          .join(gap)
          .trimEnd(),
  );
}
