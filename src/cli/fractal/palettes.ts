/** Perceptual palettes: equal steps look equal, and most keep their order in grey and for colour-blind eyes. */

const INTERPOLATORS = {
  viridis: "interpolateViridis",
  inferno: "interpolateInferno",
  magma: "interpolateMagma",
  plasma: "interpolatePlasma",
  cividis: "interpolateCividis",
  turbo: "interpolateTurbo",
  cubehelix: "interpolateCubehelixDefault",
} as const;

export type PaletteName = keyof typeof INTERPOLATORS;
export const PALETTE_NAMES = Object.keys(INTERPOLATORS) as PaletteName[];

export type Colour = [red: number, green: number, blue: number];
const INTERIOR: Colour = [0, 0, 0];
/** The number of a palette's colours, without the interior's. */
export const STEPS = 255;

/** Colour 0 is the interior's, 1 to 255 are the palette from end to end. */
export async function paletteColours(name: PaletteName): Promise<Colour[]> {
  const scales = await import("d3-scale-chromatic");
  const colourAt = scales[INTERPOLATORS[name]];
  return [INTERIOR, ...Array.from({ length: STEPS }, (_, step) => parseColour(colourAt(step / (STEPS - 1))))];
}

/** Reads a colour as the scales write it: "#21918c" or "rgb(0, 32, 81)". */
function parseColour(text: string): Colour {
  const parts = text.startsWith("#")
    ? text
        .slice(1)
        .match(/../g)
        ?.map((hex) => Number.parseInt(hex, 16))
    : undefined;
  return (parts ?? text.match(/\d+/g)?.map(Number)) as Colour;
}
