/** Slots of static data: what is said when none is left. */
import { compileKernels } from "allcores/compile";
import { expect, it, onTestFinished } from "vitest";
import { dropSlot, keepSlot } from "../../dist/memory/slots.js";

it("all taken: the file is named, and what to do", async () => {
  const slots = Array.from({ length: 256 }, (_, i) => keepSlot(`${i}`, "k.ts"));
  onTestFinished(() => slots.forEach(dropSlot));
  expect(new Set(slots).size).toBe(256);
  await expect(compileKernels("file:///folder/kernels.ts")).rejects.toThrow(
    /^\S*kernels\.ts: all 256 slots of modules compiled at run time are taken; build .* `allcores build`$/,
  );
});
