/** Which polygon points lie in, as plain loops. */
import type { NestedPolygons, Polygons } from "../points-in-polygons.js";

export function pointsInPolygons(points: Float64Array, polygons: Polygons | NestedPolygons): Int32Array<ArrayBuffer> {
  const all = "coordinates" in polygons ? nested(polygons) : polygons;
  const out = new Int32Array(points.length / 2);
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [points[2 * i] as number, points[2 * i + 1] as number];
    out[i] = all.findIndex((rings) => rings.filter((ring) => isCrossed(ring, x, y)).length % 2 === 1);
  }
  return out;
}

/** Whether a ray to the right crosses a ring an odd number of times. */
function isCrossed(ring: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let isIn = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    let [a, b] = [ring[i], ring[j]] as [[number, number], [number, number]];
    if (a[1] > b[1]) [a, b] = [b, a];
    if (y >= a[1] && y < b[1] && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) isIn = !isIn;
  }
  return isIn;
}

function nested({ coordinates, rings, polygons }: Polygons): NestedPolygons {
  const parts = <T>(offsets: Uint32Array, of: (i: number) => T) =>
    Array.from(offsets.subarray(1), (end, i) =>
      Array.from({ length: end - (offsets[i] as number) }, (_, k) => of((offsets[i] as number) + k)),
    );
  const point = (i: number): [number, number] => [coordinates[2 * i] as number, coordinates[2 * i + 1] as number];
  const all = parts(rings, point);
  return parts(polygons, (i) => all[i] as [number, number][]);
}
