/** A progress bar on stderr, where a terminal shows it. */

/** For the job's options; undefined where none shows it, so that no job pays for reporting. */
type OnProgress = ((progress: { done: number; total: number }) => void) | undefined;

/**
 * Draws the bar while `work` runs, when stderr is a terminal. Wiped before this resolves: wiping clears the line that it
 * is on, which must not hold the answer by then.
 */
export async function withProgress<T>(label: string, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  using bar = await openProgress(label);
  return await work(bar.onProgress);
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
