/** Matrices, clusters, transforms and polygons. */
import { fft, kmeans, matmul, pointsInPolygons } from "allcores/arrays";
import { loops } from "allcores/bench";
import { type ArraysCase, peer } from "./case.js";

interface Fft {
  createComplexArray(): number[];
  transform(out: number[], x: ArrayLike<number>): void;
}
interface Turf {
  booleanPointInPolygon(point: number[], polygon: { type: "Polygon"; coordinates: number[][][] }): boolean;
}
interface MlKmeans {
  kmeans(
    points: number[][],
    k: number,
    options: { maxIterations: number; initialization: number[][] },
  ): { clusters: number[] };
}

const waves = (n: number) => Float64Array.from({ length: n }, (_, i) => ((i * 0.618_033_988_75) % 1) - 0.5);

function near(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  for (let i = 0; i < wanted.length; i++)
    if (!(Math.abs((found[i] as number) - (wanted[i] as number)) <= tolerance))
      throw new Error(`element ${i} is ${found[i]}, not ${wanted[i]}`);
}

const [POINTS, DIM, K] = [100_000, 32, 64];
const [SIDE, LENGTH, CORNERS] = [512, 2 ** 20, 1000];

export const matrices: readonly ArraysCase[] = [
  {
    name: "matmul 512 cubed, doubles",
    peer: "a loop",
    rounds: 5,
    prepare(scope) {
      const [plain, other] = [waves(SIDE * SIDE), waves(SIDE * SIDE).reverse()];
      const [a, b, out] = [scope.float64(plain), scope.float64(other), scope.float64(SIDE * SIDE)];
      return {
        ours: (executor) => matmul(a, b, { inner: SIDE, out, executor }),
        theirs: () => loops.matmul(plain, other, { inner: SIDE }),
        check: (ours, theirs) => near(ours as Float64Array, theirs as Float64Array, 0),
      };
    },
  },
  {
    name: "kmeans, an iteration of 100,000 x 32, k = 64",
    peer: "ml-kmeans",
    least: 18,
    rounds: 7,
    async prepare(scope) {
      const { kmeans: theirKmeans } = await peer<MlKmeans>("ml-kmeans");
      const plain = Float32Array.from(waves(POINTS * DIM), (value, i) => Math.sin(value * i));
      const rows = Array.from({ length: POINTS }, (_, i) => Array.from(plain.subarray(i * DIM, (i + 1) * DIM)));
      const [points, init] = [scope.float32(plain), scope.float32(plain.slice(0, K * DIM))];
      const shape = { dim: DIM, k: K, maxIterations: 1, init, seed: 1 };
      return {
        ours: (executor) => kmeans(points, { ...shape, executor }),
        theirs: () => theirKmeans(rows, K, { maxIterations: 1, initialization: rows.slice(0, K) }),
        check: (ours, theirs) => {
          const [{ labels }, { clusters }] = [ours, theirs] as [{ labels: Uint32Array }, { clusters: number[] }];
          const other = labels.reduce((count, label, i) => count + Number(label !== clusters[i]), 0);
          if (other > POINTS / 1000) throw new Error(`${other} labels differ`);
        },
      };
    },
  },
  {
    name: "fft of 2^20 complex doubles",
    peer: "fft.js",
    least: 2,
    async prepare(scope) {
      const plan = new (await peer<new (n: number) => Fft>("fft.js"))(LENGTH);
      const plain = Array.from(waves(2 * LENGTH));
      const [x, out, to] = [scope.float64(plain), scope.float64(2 * LENGTH), plan.createComplexArray()];
      return {
        ours: (executor) => fft(x, { out, executor }),
        theirs: () => {
          plan.transform(to, plain);
          return to;
        },
        check: (ours, theirs) => near(ours as Float64Array, theirs as number[], 1e-6),
      };
    },
  },
  {
    name: "100,000 points in a polygon of 1,000 edges",
    peer: "turf",
    least: 9,
    async prepare(scope) {
      const { booleanPointInPolygon } = await peer<Turf>("@turf/boolean-point-in-polygon");
      const radii = waves(CORNERS);
      const ring = Array.from(radii, (value, i) => {
        const [angle, radius] = [(2 * Math.PI * i) / CORNERS, 0.5 + 0.4 * value];
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      });
      const plain = Float64Array.from({ length: 2 * POINTS }, (_, i) => Math.sin(i * i));
      const [points, out] = [scope.float64(plain), scope.int32(POINTS)];
      const polygons = {
        coordinates: scope.float64(ring.flat()),
        rings: scope.uint32([0, CORNERS]),
        polygons: scope.uint32([0, 1]),
      };
      const closed = { type: "Polygon" as const, coordinates: [[...ring, ring[0] as number[]]] };
      return {
        ours: (executor) => pointsInPolygons(points, polygons, { out, executor }),
        theirs: () =>
          Int32Array.from({ length: POINTS }, (_, i) =>
            booleanPointInPolygon(Array.from(plain.subarray(2 * i, 2 * i + 2)), closed) ? 0 : -1,
          ),
        check: (ours, theirs) => near(ours as Int32Array, theirs as Int32Array, 0),
      };
    },
  },
];
