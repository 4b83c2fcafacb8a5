// The JS twin of assembly/n-body.ts: it adds in another order, so sums differ in their last bits.

/** Keeps bodies that meet from flying apart. */
const SOFTENING = 0.01;

/** The gravitational acceleration of each body by all `count` others (G = 1). */
export function accelerations(begin, end, count, x, y, z, mass, ax, ay, az) {
  for (let i = begin; i < end; i++) {
    let sumX = 0;
    let sumY = 0;
    let sumZ = 0;
    for (let j = 0; j < count; j++) {
      const dx = x[j] - x[i];
      const dy = y[j] - y[i];
      const dz = z[j] - z[i];
      const square = dx * dx + dy * dy + (dz * dz + SOFTENING);
      const pull = mass[j] / (square * Math.sqrt(square));
      sumX += dx * pull;
      sumY += dy * pull;
      sumZ += dz * pull;
    }
    ax[i] = sumX;
    ay[i] = sumY;
    az[i] = sumZ;
  }
}
