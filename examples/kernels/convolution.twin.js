// The JS twin of assembly/convolution.ts: the same to the last bit, since each step is rounded to 32 bits.

/** One row of output an item: each pixel is the sum of 5x5 pixels of the image by 25 weights. */
export function convolve(begin, end, width, image, weights, out) {
  const { fround } = Math;
  const stride = width + 4;
  for (let row = begin; row < end; row++)
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let line = 0; line < 5; line++)
        for (let tap = 0; tap < 5; tap++)
          sum = fround(sum + fround(weights[line * 5 + tap] * image[(row + line) * stride + column + tap]));
      out[row * width + column] = sum;
    }
}
