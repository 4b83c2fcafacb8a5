/**
 * Ctrl-C: the first stops the command (jobs reject, temporary files are removed, workers end), the second exits at once.
 * SIGTERM and SIGHUP do the same.
 */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code after the first signal; undefined before it. */
  readonly exitCode: number | undefined;
}

/** Listens for signals; the listeners do not keep the process alive. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const [name, code] of Object.entries(EXIT_CODES))
    process.on(name, () => {
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      controller.abort();
    });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
