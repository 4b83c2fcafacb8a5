/** The build that is measured: this one, or another `dist` folder that the environment variable ALLCORES names. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.env.ALLCORES;

function load<Module>(name: "index" | "compile", ours: () => Promise<Module>): Promise<Module> {
  return folder ? import(pathToFileURL(resolve(folder, `${name}.js`)).href) : ours();
}

export const allcores = await load("index", () => import("allcores"));
export const { compileKernels } = await load("compile", () => import("allcores/compile"));
