/** Kernels print to stderr, wherever they run: stdout belongs to the program's answer. */
export function printToStderr(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}

/** Resolves when what was printed is on its way: a thread that sleeps sends nothing but the first line. */
export async function flushed(): Promise<void> {
  if (process.stderr.writableLength > 0)
    await new Promise<void>((resolve) => process.stderr.write("", () => resolve()));
}
