/** Kernels print to stderr, wherever they run: stdout belongs to the program's answer. */
export function printToStderr(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}
