/** What a command is at, on stderr, where a terminal shows it. */

/** `onProgress` for a job's options; undefined without a terminal, so that the job does not pay for reporting. */
type OnProgress = ((progress: { done: number; total: number }) => void) | undefined;

/**
 * Draws the bar while `work` runs, if stderr is a terminal. The bar is wiped before the promise resolves: wiping clears the
 * cursor's line, which must not hold the answer yet.
 */
export async function withProgress<T>(label: string, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  using bar = await openProgress(label);
  return await work(bar.onProgress);
}

/** Shows what is done while `work` runs, if stderr is a terminal, and wipes it. */
export async function withNote<T>(note: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return await work();
  process.stderr.write(`${note} ...`);
  try {
    return await work();
  } finally {
    process.stderr.write("\r\u001b[2K");
  }
}

async function openProgress(label: string): Promise<Disposable & { readonly onProgress: OnProgress }> {
  if (!process.stderr.isTTY) return { onProgress: undefined, [Symbol.dispose]: () => {} };
  const { SingleBar, Presets } = (await import("cli-progress")).default;
  const format = `${label} {bar} {percentage}% | {eta_formatted} to go`;
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic);
  bar.start(1, 0);
  return {
    onProgress({ done, total }) {
      bar.setTotal(total);
      bar.update(done);
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
