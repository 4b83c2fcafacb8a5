/** Which polygon points lie in. */
import { SerialExecutor } from "allcores";
import { type NestedPolygons, pointsInPolygons } from "allcores/arrays";
import { loops } from "allcores/bench";
import { describe, expect, test } from "vitest";
import { contract, generator, verb } from "./contract.js";

const LIMIT = 10_000;
const executor = new SerialExecutor();

/** Stars of a few corners, and their holes. */
function stars(count: number, corners: number, seed = 1) {
  const next = generator(seed);
  const [coordinates, rings, polygons]: [number[], number[], number[]] = [[], [0], [0]];
  for (let i = 0; i < count; i++) {
    const [x, y, size] = [next(), next(), 0.3 * next()];
    for (const part of [1, 0.4]) {
      for (let k = 0; k < corners; k++) {
        const [angle, radius] = [(2 * Math.PI * k) / corners, part * size * (0.5 + 0.5 * next())];
        coordinates.push(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
      }
      rings.push(coordinates.length / 2);
    }
    polygons.push(rings.length - 1);
  }
  return {
    coordinates: Float64Array.from(coordinates),
    rings: Uint32Array.from(rings),
    polygons: Uint32Array.from(polygons),
  };
}

function scattered(n: number): Float64Array {
  const next = generator(9);
  return Float64Array.from({ length: 2 * n }, () => 1.4 * next() - 0.2);
}

const none = { coordinates: new Float64Array(0), rings: Uint32Array.of(0), polygons: Uint32Array.of(0) };
const special = [0, -0, Infinity, -Infinity, Number.NaN, 0.5, 5e-324, 1];

contract([
  verb({
    name: "pointsInPolygons",
    cases: {
      empty: { points: scattered(0), ...stars(2, 5) },
      "no polygons": { points: scattered(3), ...none },
      special: { points: Float64Array.from(special.concat(special.toReversed())), ...stars(3, 7) },
      "one polygon": { points: scattered(500), ...stars(1, 999) },
      many: { points: scattered(5003), ...stars(40, 12) },
    },
    run: ({ points, ...polygons }, options) => pointsInPolygons(points, polygons, options),
    expected: ({ points, ...polygons }) => loops.pointsInPolygons(points, polygons),
    out: ({ points }) => new Int32Array(points.length / 2),
  }),
]);

describe("pointsInPolygons", () => {
  const square = (x: number, y: number, size = 1): [number, number][] => [
    [x, y],
    [x + size, y],
    [x + size, y + size],
    [x, y + size],
  ];

  test("gives a point on a common edge to one side, and the first of polygons that overlap", {
    timeout: LIMIT,
  }, async () => {
    const tiles: NestedPolygons = [0, 1, 2, 3].map((i) => [square(i % 2, i >> 1)]);
    const points = Float64Array.of(1, 0.5, 0.5, 1, 1, 1, 0, 0, 2, 0.5, 0.5, 2, 1.5, 0.5);
    expect([...(await pointsInPolygons(points, tiles, { executor }))]).toEqual([1, 2, 3, 0, -1, -1, 1]);
    const slanted: NestedPolygons = [
      [
        [
          [0, 0],
          [1, 0.3],
          [0.7, 1],
        ],
      ],
      [
        [
          [0.7, 1],
          [1, 0.3],
          [2, 2],
        ],
      ],
    ];
    for (let i = 0; i < 100; i++) {
      const y = 0.3 + 0.7 * ((i + 0.5) / 100);
      const x = 0.7 + ((1 - y) / 0.7) * 0.3;
      const [found] = await pointsInPolygons(Float64Array.of(x, y), slanted, { executor });
      expect(found, `${x}, ${y}`).toBeGreaterThanOrEqual(0);
    }
    expect([...(await pointsInPolygons(Float64Array.of(0.5, 0.5), [[square(0, 0)], [square(0, 0)]]))]).toEqual([0]);
  });

  test("leaves holes out, whether rings are closed or not", { timeout: LIMIT }, async () => {
    const closed = square(1, 1, 2).concat([[1, 1]]);
    const points = Float64Array.of(2, 2, 0.5, 0.5, 5, 2);
    expect([...(await pointsInPolygons(points, [[square(0, 0, 4), closed]], { executor }))]).toEqual([-1, 0, -1]);
    expect([...(await pointsInPolygons(points, [[], [[]], [square(0, 0, 4)]], { executor }))]).toEqual([2, 2, -1]);
  });

  test("refuses what are no polygons", { timeout: LIMIT }, async () => {
    const points = new Float64Array(2);
    const fails = (polygons: unknown) => expect(pointsInPolygons(points, polygons as NestedPolygons)).rejects;
    await fails(3).toThrow("polygons must be arrays of rings, or { coordinates, rings, polygons }, got 3");
    await fails([3]).toThrow("polygons[0] must be an array of rings, got 3");
    await fails([[3]]).toThrow("polygons[0][0] must be an array of points, got 3");
    await fails([[[3]]]).toThrow("a point of polygons[0] must be [x, y], got 3");
    await fails({ ...none, rings: [0] }).toThrow(/polygons.rings must be an? Uint32Array/);
    await fails({ ...none, coordinates: new Float64Array(1) }).toThrow("polygons.coordinates must have an even number");
    await fails({ ...none, rings: Uint32Array.of(0, 9) }).toThrow("polygons.rings must be ascending offsets");
    await fails({ ...none, polygons: Uint32Array.of(2, 1) }).toThrow("polygons.polygons must be ascending offsets");
    await expect(pointsInPolygons(new Float64Array(3), [])).rejects.toThrow("points must have an even number");
  });
});
