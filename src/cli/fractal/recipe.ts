/** The recipe that a PNG holds as text: the command that made it, with every option spelled out, and the version. */
import { open } from "node:fs/promises";
import type { FractalResult } from "allcores";
import type { Command } from "commander";
import { newCommand, UsageError } from "../command.js";
import { packageVersion } from "../package.js";
import { addPictureOptions, checkPicture, type PictureFlags } from "./options.js";
import type { PngText } from "./picture.js";
import { readPngText } from "./png-text.js";

const KEYWORD = "Command";
const COMMAND = "allcores fractal ";

export type Recipe = Pick<PictureFlags, "size" | "iterations" | "kind" | "c" | "power"> &
  Pick<PictureFlags, "values" | "palette" | "antialias"> & { readonly region: FractalResult["region"] };

/** The text of the PNG. Its numbers read back as the same ones. */
export function recipeText({ size, region, iterations, kind, c, power, ...rest }: Recipe): PngText {
  const options = [
    `--size ${size.width}x${size.height}`,
    `--re=${region.re.join(":")}`,
    `--im=${region.im.join(":")}`,
    `--iterations ${iterations}`,
    `--kind ${kind}`,
    ...(c ? [`--c=${c.re},${c.im}`] : []),
    ...(power === undefined ? [] : [`--power ${power}`]),
    `--values ${rest.values}`,
    `--palette ${rest.palette}`,
    `--antialias ${rest.antialias}`,
  ];
  return { Software: `allcores ${packageVersion()}`, [KEYWORD]: COMMAND + options.join(" ") };
}

/** Options that belong to one kind. */
const OF_KIND = ["c", "power"];

/** Sets options that the command line leaves out to those of a picture; if it names another kind, c and power stay unset. */
export async function takeRecipe(path: string, command: Command): Promise<void> {
  const recipe = await readRecipe(path, command);
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  const isOtherKind = isGiven("kind") && command.getOptionValue("kind") !== recipe.getOptionValue("kind");
  for (const name of recipe.options.map((option) => option.attributeName())) {
    if (isGiven(name) || (isOtherKind && OF_KIND.includes(name))) continue;
    command.setOptionValueWithSource(name, recipe.getOptionValue(name), "picture");
  }
}

/** The command that made a picture. Any program may have written its text: only the form of recipeText is accepted. */
async function readRecipe(path: string, command: Command): Promise<Command> {
  const refuse = (why: string) => new UsageError(`option '--from <picture>' argument '${path}' ${why}`, command);
  const text = await readText(path, refuse);
  if (text === undefined)
    throw refuse("does not say how it was made: it has no text of 'allcores fractal', as its PNGs have");
  if (!/^[!-~]+( [!-~]+)*$/.test(text) || !text.startsWith(COMMAND))
    throw refuse("holds a text that is no command of 'allcores fractal'");
  const recipe = addPictureOptions(newCommand("fractal", "")).helpOption(false);
  try {
    recipe.parse(text.slice(COMMAND.length).split(" "), { from: "user" });
    checkPicture(recipe.opts(), recipe);
  } catch (error) {
    throw refuse(`holds a command that is wrong: ${(error as Error).message}`);
  }
  return recipe;
}

async function readText(path: string, refuse: (why: string) => Error): Promise<string | undefined> {
  try {
    await using file = await open(path);
    return await readPngText(file, KEYWORD, refuse);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new Error(`can't read ${path}: ${(error as Error).message.split(",")[0]}`, { cause: error });
  }
}
