/** The options that shape a picture: their readers, and the checks of several together. */
import type { FractalKind, FractalOutput } from "allcores";
import { type Command, Option } from "commander";
import { complex, interval, size, whole } from "../parse.js";
import { PALETTE_NAMES, type PaletteName } from "./palettes.js";

export interface PictureFlags {
  readonly size: { readonly width: number; readonly height: number };
  readonly re?: [number, number];
  readonly im?: [number, number];
  readonly iterations: number;
  readonly kind: FractalKind;
  readonly c?: { readonly re: number; readonly im: number };
  readonly power?: number;
  /** The API's `output`, a word that stands for the file in this command. */
  readonly values: FractalOutput;
  readonly palette: PaletteName;
  readonly antialias: number;
}

/** All kinds, and whether the kernels can compute distances to them. */
const HAS_DISTANCE: Record<FractalKind, boolean> = {
  mandelbrot: true,
  julia: true,
  "burning-ship": false,
  multibrot: true,
  tricorn: false,
};
/** The outputs, and the ending of a file of raw values. */
export const RAW: Record<FractalOutput, string> = { counts: ".i32", smooth: ".f32", distance: ".f32" };

export function addPictureOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--size <widthxheight>", "in pixels")
        .argParser(size)
        .default({ width: 1000, height: 1000 }, "1000x1000"),
    )
    .option("--re <start:end>", "from the left to the right edge (default: the whole set of that kind)", interval)
    .option("--im <start:end>", "from the top to the bottom edge (default: the whole set of that kind)", interval)
    .option("--iterations <count>", "counted at most", whole(1, 2 ** 31 - 1, "2^31 - 1"), 1000)
    .addOption(new Option("--kind <name>", "which set").choices(Object.keys(HAS_DISTANCE)).default("mandelbrot"))
    .option("--c <re,im>", "the constant of the Julia set", complex)
    .option("--power <number>", "of z in the multibrot's formula, 3 to 8", whole(3, 8))
    .addOption(
      new Option(
        "--values <name>",
        "steps survived, a continuous count without bands, or distances to the set (the API's output)",
      )
        .choices(Object.keys(RAW))
        .default("counts"),
    )
    .addOption(new Option("--palette <name>", "colours of the PNG").choices(PALETTE_NAMES).default("viridis"))
    .option("--antialias <n>", "n x n samples a pixel of the PNG, 1 to 8, for smooth edges", whole(1, 8), 1);
}

/** Checks options that depend on each other. */
export function checkPicture({ kind, c, power, values }: PictureFlags, command: Command): void {
  if (kind === "julia" && !c)
    command.error("option '--c <re,im>' is needed for '--kind julia', such as --c=-0.8,0.156");
  if (kind !== "julia" && c) command.error("option '--c <re,im>' is for '--kind julia' only");
  if (kind === "multibrot" && power === undefined)
    command.error("option '--power <number>' is needed for '--kind multibrot', such as --power 3");
  if (kind !== "multibrot" && power !== undefined)
    command.error("option '--power <number>' is for '--kind multibrot' only");
  if (values === "distance" && !HAS_DISTANCE[kind])
    command.error(`option '--values distance' is not for '--kind ${kind}', which has no complex derivative`);
}

/** The formula, as the API takes it. */
export function shapeOf({ kind, c, power }: Pick<PictureFlags, "kind" | "c" | "power">) {
  if (kind === "julia" && c) return { kind, c };
  if (kind === "multibrot" && power !== undefined) return { kind, power };
  return { kind: kind as Exclude<FractalKind, "julia" | "multibrot"> };
}
