/** The JSON schema that is published with the package. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";

const path = createRequire(import.meta.url).resolve("allcores/bench/report.schema.json");
const schema = JSON.parse(readFileSync(path, "utf8"));
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const validate = ajv.compile(schema);

/** What the schema has against a report that went through a file. */
export function faults(report: unknown): string {
  return validate(JSON.parse(JSON.stringify(report))) ? "" : ajv.errorsText(validate.errors);
}
