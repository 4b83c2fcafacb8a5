/** For its test. */
export function inputsOf(
  kernel: { readonly source: string; readonly name: string; readonly options: readonly string[] },
  versions: readonly string[],
): string;
