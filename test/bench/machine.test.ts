/** What is said of the machine: from the machine itself. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { machine } from "allcores";
import { describeMachine } from "allcores/bench";
import { expect, it } from "vitest";

it("describes processor, cores, load, versions, features and kernels", { timeout: 5_000 }, () => {
  const { cores, allowed, quota } = machine();
  const described = describeMachine();
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(described).toMatchObject({
    allcores: version,
    node: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim(),
    cores,
    allowed,
    quota: quota ?? null,
  });
  expect(described.load).toHaveLength(3);
  expect(described.wasm).toMatchObject({ threads: true, simd: true });

  const folder = new URL("../../dist/kernels/", import.meta.url);
  const kernels = readdirSync(folder).filter((file) => file.endsWith(".wasm"));
  expect(Object.keys(described.kernels)).toEqual(kernels.sort());
  const hash = createHash("sha256")
    .update(readFileSync(new URL("pi.wasm", folder)))
    .digest("hex");
  expect(described.kernels["pi.wasm"]).toBe(hash);
  expect(JSON.parse(JSON.stringify(described))).toEqual(described);
});
