"""The Mandelbrot set and Julia sets, with the counts of ../native/fractal.c to the last bit.

Request: width height re-start re-end im-start im-end max-iterations, and for a Julia set c-re c-im.
Answer: ms sum hash, as in ../native/picture.h.
"""

from array import array

from peer import serve

BLOCK = 2**13  # pixels at once with numpy: eight arrays of 64 KiB


def count(zr, zi, cr, ci, max_iterations):
    """Steps that an orbit survives; compiled by numba as it stands."""
    zr_squared = zr * zr
    zi_squared = zi * zi
    for i in range(max_iterations):
        t = zr * zi
        zi = t + t + ci
        zr = zr_squared - zi_squared + cr
        zr_squared = zr * zr
        zi_squared = zi * zi
        if not zr_squared + zi_squared <= 4:  # so that NaN escapes
            return i
    return max_iterations


def python():
    def draw(width, height, re_start, re_step, im_start, im_step, max_iterations, is_julia, c_re, c_im):
        counts = array("i", bytes(4 * width * height))
        for row in range(height):
            im = row * im_step + im_start
            for x in range(width):
                re = x * re_step + re_start
                cr, ci = (c_re, c_im) if is_julia else (re, im)
                counts[row * width + x] = count(re, im, cr, ci, max_iterations)
        return counts

    return draw


def numpy(np):
    def count_block(zr, zi, cr, ci, max_iterations):
        """The counts of many pixels. Escaped ones are carried along until they are a quarter of those there are."""
        counts = np.full(zr.size, max_iterations, np.int32)
        pixels = np.arange(zr.size)
        zr_squared = zr * zr
        zi_squared = zi * zi
        t = np.empty_like(zr)
        inside = np.empty(zr.size, np.bool_)
        alive = np.ones(zr.size, np.bool_)
        left = zr.size
        for i in range(max_iterations):
            np.multiply(zr, zi, out=t)
            np.add(t, t, out=zi)
            zi += ci
            np.subtract(zr_squared, zi_squared, out=zr)
            zr += cr
            np.multiply(zr, zr, out=zr_squared)
            np.multiply(zi, zi, out=zi_squared)
            np.add(zr_squared, zi_squared, out=t)
            np.less_equal(t, 4, out=inside)
            inside &= alive  # once escaped, always escaped: an orbit may come back
            still = int(np.count_nonzero(inside))
            if still == left:
                continue
            alive ^= inside
            counts[pixels[alive]] = i
            if still == 0:
                break
            left = still
            alive, inside = inside, alive
            if left <= 0.75 * alive.size:
                pixels, zr, zi, cr, ci = pixels[alive], zr[alive], zi[alive], cr[alive], ci[alive]
                zr_squared, zi_squared = zr_squared[alive], zi_squared[alive]
                t, inside, alive = t[:left], inside[:left], np.ones(left, np.bool_)
        return counts

    def draw(width, height, re_start, re_step, im_start, im_step, max_iterations, is_julia, c_re, c_im):
        counts = np.empty((height, width), np.int32)
        re = np.arange(width) * re_step + re_start
        im = np.arange(height) * im_step + im_start
        rows = max(1, BLOCK // width)
        with np.errstate(all="ignore"):  # escaped orbits overflow
            for top in range(0, height, rows):
                for left in range(0, width, BLOCK):
                    part = counts[top : top + rows, left : left + BLOCK]
                    zr = np.tile(re[left : left + BLOCK], part.shape[0])
                    zi = np.repeat(im[top : top + rows], part.shape[1])
                    cr, ci = (np.full_like(zr, c_re), np.full_like(zi, c_im)) if is_julia else (zr.copy(), zi.copy())
                    part[:] = count_block(zr, zi, cr, ci, max_iterations).reshape(part.shape)
        return counts

    return draw


def numba_on(is_parallel):
    def make(numba, np):
        count_compiled = numba.njit(count)
        threads = numba.config.NUMBA_NUM_THREADS if is_parallel else 1

        @numba.njit(parallel=is_parallel)
        def fill(counts, re_start, re_step, im_start, im_step, max_iterations, is_julia, c_re, c_im):
            height, width = counts.shape
            # Every so many-th row to a thread: neighbours cost alike, and prange shares out but once.
            for first in numba.prange(threads):
                for row in range(first, height, threads):
                    im = row * im_step + im_start
                    for x in range(width):
                        re = x * re_step + re_start
                        if is_julia:
                            counts[row, x] = count_compiled(re, im, c_re, c_im, max_iterations)
                        else:
                            counts[row, x] = count_compiled(re, im, re, im, max_iterations)

        def draw(width, height, *view):
            counts = np.empty((height, width), np.int32)
            fill(counts, *view)
            return counts

        return draw

    return make


def prepare(words):
    width, height, max_iterations = int(words[0]), int(words[1]), int(words[6])
    re_start, re_end, im_start, im_end = map(float, words[2:6])
    if width < 1 or height < 1 or len(words) not in (7, 9):
        raise ValueError
    is_julia = len(words) == 9
    c_re, c_im = map(float, words[7:]) if is_julia else (0.0, 0.0)
    re_step = step(re_start, re_end, width)
    im_step = step(im_start, im_end, height)
    return width, height, re_start, re_step, im_start, im_step, max_iterations, is_julia, c_re, c_im


def step(start, end, pixels):
    """Both ends are pixels; a single pixel is the start."""
    return 0.0 if pixels == 1 else (end - start) / (pixels - 1)


class Checksum:
    """Sum and hash of the counts, as in picture.h. No vectors can take it, so it is kept for the next rounds."""

    def __init__(self):
        self.data = b""
        self.text = ""

    def __call__(self, counts):
        data = counts.tobytes()
        if data != self.data:
            values = memoryview(data).cast("i")
            state = 0xCBF29CE484222325
            for value in values:
                state = (state ^ value) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
            self.data, self.text = data, "%d %016x" % (sum(values), state)
        return self.text


if __name__ == "__main__":
    serve(python, numpy, numba_on, prepare, report=Checksum(), warm="8 8 -2 0.5 -1.25 1.25 50")
