/** A progress bar on stderr, where somebody can see it. */

export interface ProgressBar extends Disposable {
  /** For the job's options; undefined where nobody looks, so that no job pays for reporting. */
  readonly onProgress: ((progress: { done: number; total: number }) => void) | undefined;
}

/** `using bar = await openProgress("pi")`: drawn when stderr is a terminal, wiped at the end. */
export async function openProgress(label: string): Promise<ProgressBar> {
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
