/** `npm ci` on any platform: npm refuses a lock file that lacks what some other platform would install. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  readonly packages: Record<string, { readonly optionalDependencies?: Record<string, string> }>;
}

it("the lock file names every platform's packages", () => {
  const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as Locked;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});
