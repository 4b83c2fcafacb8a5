import { Ptr, Whole } from "allcores/assembly";

/**
 * One row of output an item: each pixel is the sum of 5x5 pixels of the image by 25 weights. The image has a border of
 * two pixels on each side, so it is width + 4 wide.
 */
export function convolve(begin: i32, end: i32, width: i32, image: Whole<f32>, weights: Whole<f32>, out: Ptr<f32>): void {
  const stride = width + 4;
  const vectors = width & ~3;
  // One of each weight in all four lanes: loaded in the loop, where a constant would be made anew each time.
  const lanes = new StaticArray<f32>(100);
  for (let tap = 0; tap < 100; tap++) lanes[tap] = weights[tap >> 2];
  const table = changetype<usize>(lanes);
  for (let row = begin; row < end; row++) {
    for (let column = 0; column < vectors; column += 4) {
      let at = image.at(row * stride + column);
      let weight = table;
      let sum = f32x4.splat(0);
      for (let line = 0; line < 5; line++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(weight), v128.load(at)));
        sum = f32x4.add(sum, f32x4.mul(v128.load(weight, 16), v128.load(at, 4)));
        sum = f32x4.add(sum, f32x4.mul(v128.load(weight, 32), v128.load(at, 8)));
        sum = f32x4.add(sum, f32x4.mul(v128.load(weight, 48), v128.load(at, 12)));
        sum = f32x4.add(sum, f32x4.mul(v128.load(weight, 64), v128.load(at, 16)));
        at += stride << 2;
        weight += 80;
      }
      v128.store(out.at(row * width + column), sum);
    }
    for (let column = vectors; column < width; column++) {
      let sum: f32 = 0;
      for (let line = 0; line < 5; line++)
        for (let tap = 0; tap < 5; tap++) sum += weights[line * 5 + tap] * image[(row + line) * stride + column + tap];
      out[row * width + column] = sum;
    }
  }
}
