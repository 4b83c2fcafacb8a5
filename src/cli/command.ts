/** The parts that all commands share: making a command, and the exit codes of wrong use and of failure. */
import { Command, CommanderError, InvalidArgumentError } from "commander";

/** A wrong use of the command line: exit code 2, one line and a hint. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, command: Command) {
    super(message);
    this.hint = `try: ${pathOf(command)} --help`;
  }
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** A command whose errors are thrown, not printed. */
export function newCommand(name: string, description: string): Command {
  const command = new Command(name).description(description).helpOption("-h, --help", "show this help");
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    // Help and version are answers; commander has printed the help in place of a missing command.
    if (error.exitCode === 0 || error.code === "commander.help") throw error;
    throw new UsageError(error.message.replace(/^error: /, ""), command);
  });
  return command;
}

/** A reader of a positional argument whose errors name the argument: commander would say "command-argument value". */
export function argumentReader<T>(command: Command, name: string, read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      const message = error.message.replace(/^It/, name).replace(/\.$/, "");
      throw new UsageError(`${message}, got '${text}'`, command);
    }
  };
}

/** Adds an example to the end of the help. */
export function withExample(command: Command, ...lines: string[]): Command {
  return command.addHelpText("after", `\nExample:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/**
 * Runs a command, and turns RangeErrors of the package, which name the argument, into wrong use. They come only for values
 * that the parsers let through (regions too wide for a double, pictures of more pixels than any heap).
 */
export async function asUse<T>(command: Command, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message, command) : error;
  }
}

/** The exit code for the error of a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
}
