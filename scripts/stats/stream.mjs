/**
 * The kernel's own random numbers on stdout, without end. A block is 2^20 draws of 32 bits, 4 MiB; each is one sample.
 *
 * sequence: block after block. interleaved: the first draws of 16 blocks, their second ones, and so on to their last;
 * then the next 16. refinements: the 64-bit words for samples on the edge, from sample 0 on.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { heap, SerialExecutor, wasmKernel } from "allcores";
import asc from "assemblyscript/asc";
import { pi } from "../../dist/kernels/index.js";

const DRAWS = 2 ** 20;

export async function stream(name, blocks, seed) {
  const kernel = wasmKernel(await compiled(), name === "refinements" ? name : "draws");
  const scratch = name === "refinements" ? 0 : pi.prepare({ samples: 1 }).plan.scratch;
  process.stdout.on("error", () => {}); // told by the write itself
  const executor = new SerialExecutor();
  const draws = heap.uint32(blocks * DRAWS);
  const mixed = name === "interleaved" ? new Uint32Array(draws.length) : draws;
  for (let first = 0; ; first += blocks) {
    await executor.run({ kernel, n: blocks, grain: 1, args: [draws, first, seed], scratch });
    if (mixed !== draws) interleave(draws, mixed, blocks);
    if (!(await write(mixed))) return;
  }
}

/** assembly/stats/draws.ts, compiled as kernels are. */
async function compiled() {
  const folder = mkdtempSync(join(tmpdir(), "allcores-stats-"));
  try {
    process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
    const file = join(folder, "draws.wasm");
    const { error, stderr } = await asc.main([
      "assembly/stats/draws.ts",
      "--config",
      "asconfig.json",
      "--outFile",
      file,
    ]);
    if (error) throw new Error(stderr.toString());
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function interleave(draws, mixed, blocks) {
  let to = 0;
  for (let i = 0; i < DRAWS; i++) for (let block = 0; block < blocks; block++) mixed[to++] = draws[block * DRAWS + i];
}

/** False once nobody reads any more. Resolves when all is written: the array is filled again then. */
function write(words) {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (!error) resolve(true);
      else if (error.code === "EPIPE") resolve(false);
      else reject(error);
    });
  });
}
