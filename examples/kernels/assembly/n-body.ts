import { Ptr, Whole } from "allcores/assembly";

/** Keeps bodies that meet from flying apart. */
const SOFTENING: f64 = 0.01;

/** The gravitational acceleration of each body by all `count` others (G = 1), two of these at a time. */
export function accelerations(
  begin: i32,
  end: i32,
  count: i32,
  x: Whole<f64>,
  y: Whole<f64>,
  z: Whole<f64>,
  mass: Whole<f64>,
  ax: Ptr<f64>,
  ay: Ptr<f64>,
  az: Ptr<f64>,
): void {
  const pairs = count & ~1;
  for (let i = begin; i < end; i++) {
    const xi = f64x2.splat(x[i]);
    const yi = f64x2.splat(y[i]);
    const zi = f64x2.splat(z[i]);
    const softening = f64x2.splat(SOFTENING);
    let sumX = f64x2.splat(0);
    let sumY = f64x2.splat(0);
    let sumZ = f64x2.splat(0);
    for (let j = 0; j < pairs; j += 2) {
      const dx = f64x2.sub(v128.load(x.at(j)), xi);
      const dy = f64x2.sub(v128.load(y.at(j)), yi);
      const dz = f64x2.sub(v128.load(z.at(j)), zi);
      const square = f64x2.add(
        f64x2.add(f64x2.mul(dx, dx), f64x2.mul(dy, dy)),
        f64x2.add(f64x2.mul(dz, dz), softening),
      );
      const pull = f64x2.div(v128.load(mass.at(j)), f64x2.mul(square, f64x2.sqrt(square)));
      sumX = f64x2.add(sumX, f64x2.mul(dx, pull));
      sumY = f64x2.add(sumY, f64x2.mul(dy, pull));
      sumZ = f64x2.add(sumZ, f64x2.mul(dz, pull));
    }
    ax[i] = f64x2.extract_lane(sumX, 0) + f64x2.extract_lane(sumX, 1);
    ay[i] = f64x2.extract_lane(sumY, 0) + f64x2.extract_lane(sumY, 1);
    az[i] = f64x2.extract_lane(sumZ, 0) + f64x2.extract_lane(sumZ, 1);
    if (pairs < count) {
      const dx = x[pairs] - x[i];
      const dy = y[pairs] - y[i];
      const dz = z[pairs] - z[i];
      const square = dx * dx + dy * dy + (dz * dz + SOFTENING);
      const pull = mass[pairs] / (square * Math.sqrt(square));
      ax[i] += dx * pull;
      ay[i] += dy * pull;
      az[i] += dz * pull;
    }
  }
}
