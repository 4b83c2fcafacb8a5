/**
 * Which polygon points lie in.
 *
 *   polygons ─one call─> edges ─one call─> bands by y ─┐
 *   points ─blocks─────────────────────────────────────┴─> out
 */
import { step } from "../job/steps.js";
import { show } from "../validate.js";
import { type Call, kernel, type Out, separate, withCall } from "./call.js";

/** Polygons as GeoArrow has them: offsets, each with its end last. */
export interface Polygons {
  /** x, y of all vertices. */
  readonly coordinates: Float64Array;
  /** Where each ring begins, in vertices. Its last vertex may be its first one again. */
  readonly rings: Uint32Array;
  /** Where each polygon begins, in rings. */
  readonly polygons: Uint32Array;
}

/** Polygons of rings of points. */
export type NestedPolygons = readonly (readonly (readonly (readonly [number, number])[])[])[];

/** Numbers that the kernels keep of all polygons. */
const SHAPE = 6;
/** Edges have at most so many places in bands: each in 8 more than its own two, on average. */
const SPREAD = 10;
/** Points of a chunk: 0.1 ms, where a band has few edges. */
const GRAIN = 1024;

/**
 * The number of the first polygon that each point lies in, or -1. By the even-odd rule over all rings of a polygon: holes are
 * rings like any other. A point on an edge that two polygons have in common is in one of them; NaN is in none.
 * @param points x, y of each
 * @param options.out one element a point
 * @returns rejects with a TypeError or RangeError that names the argument, or the signal's reason
 */
export function pointsInPolygons(
  points: Float64Array,
  polygons: Polygons | NestedPolygons,
  options: Out<Int32Array> = {},
): Promise<Int32Array> {
  return withCall(options, ["out"], async (call) => {
    const on = await call.input("points", points, ["float64"]);
    if (on.length % 2 !== 0)
      throw new RangeError(`points must have an even number of elements (x, y), got ${on.length}`);
    const given = await flat(call, polygons);
    for (const [name, array] of Object.entries({ points, ...given })) separate("out", options.out, name, array);
    const n = on.length / 2;
    const output = call.output("out", options.out, "int32", n);
    const vertices = given.coordinates.length / 2;
    const [ends, owners] = [call.between("float64", 4 * vertices), call.between("uint32", vertices)];
    const [starts, list] = [call.between("uint32", vertices + 3), call.between("uint32", SPREAD * vertices)];
    const shape = call.temporary("float64", SHAPE);
    await call.steps([
      step(kernel("polygons", "edges"), undefined, { ...given, ends, owners, shape }),
      step(kernel("polygons", "bands"), undefined, { ends, shape, starts, list }),
      step(
        kernel("polygons", "find"),
        n,
        { points: on, ends, owners, shape, starts, list, out: output.array },
        { grain: GRAIN },
      ),
    ]);
    const wrong = [undefined, "polygons.rings", "polygons.polygons"][shape[0] as number];
    if (wrong) throw new RangeError(`${wrong} must be ascending offsets, the last of them at most what there is`);
    return output.result();
  });
}

async function flat(call: Call, polygons: Polygons | NestedPolygons) {
  if (Array.isArray(polygons)) return nested(call, polygons as NestedPolygons);
  if (typeof polygons !== "object" || polygons === null)
    throw new TypeError(`polygons must be arrays of rings, or { coordinates, rings, polygons }, got ${show(polygons)}`);
  const given = polygons as Polygons;
  const coordinates = await call.input("polygons.coordinates", given.coordinates, ["float64"]);
  if (coordinates.length % 2 !== 0)
    throw new RangeError(`polygons.coordinates must have an even number of elements (x, y), got ${coordinates.length}`);
  const rings = await call.input("polygons.rings", given.rings, ["uint32"]);
  return { coordinates, rings, polygons: await call.input("polygons.polygons", given.polygons, ["uint32"]) };
}

/** Arrays of arrays have to be read here. */
function nested(call: Call, given: NestedPolygons) {
  let [vertices, count] = [0, 0];
  for (const [i, rings] of given.entries()) {
    if (!Array.isArray(rings)) throw new TypeError(`polygons[${i}] must be an array of rings, got ${show(rings)}`);
    count += rings.length;
    for (const [k, ring] of rings.entries()) {
      if (!Array.isArray(ring))
        throw new TypeError(`polygons[${i}][${k}] must be an array of points, got ${show(ring)}`);
      vertices += ring.length;
    }
  }
  const coordinates = call.temporary("float64", 2 * vertices);
  const [rings, polygons] = [call.temporary("uint32", count + 1), call.temporary("uint32", given.length + 1)];
  let [vertex, ring] = [0, 0];
  for (const [i, its] of given.entries()) {
    polygons[i] = ring;
    for (const points of its) {
      rings[ring++] = vertex;
      for (const point of points) {
        const [x, y] = Array.isArray(point) ? point : [];
        if (typeof x !== "number" || typeof y !== "number")
          throw new TypeError(`a point of polygons[${i}] must be [x, y], got ${show(point)}`);
        coordinates[2 * vertex] = x;
        coordinates[2 * vertex++ + 1] = y;
      }
    }
  }
  rings[ring] = vertex;
  polygons[given.length] = ring;
  return { coordinates, rings, polygons };
}
