/** The version of this package: coordinator and workers must have the same, since answers may change from one to the next. */
import { readFileSync } from "node:fs";
import { packageFile } from "../locate.js";

export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("../package.json"), "utf8")) as { version: string }).version;
}
