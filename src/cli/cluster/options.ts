/** The options of where a cluster's queue is, which workers and status have alike. */
import { type Command, Option } from "commander";

export interface PlaceFlags {
  readonly connection: string;
  readonly queue?: string;
  readonly prefix?: string;
}

/** --connection, --queue and --prefix. */
export function addPlaceOptions(command: Command): Command {
  // Everybody on a machine may read the command lines of its processes, but not their environments.
  const connection = new Option("--connection <url>", "Redis or Valkey: a redis://, rediss:// or unix: URL")
    .env("ALLCORES_CONNECTION")
    .makeOptionMandatory();
  return command
    .addOption(connection)
    .option("--queue <name>", "the queue's name (default: allcores)")
    .option("--prefix <name>", "keeps the keys of several users of one Redis apart (default: allcores)");
}
