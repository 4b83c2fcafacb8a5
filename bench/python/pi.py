"""Pi from random points, each variant with a stream of its own. Request: samples seed. Answer: ms hits."""

import os

from peer import serve

# Read when numba is imported. LLVM's vectors across statements would hold the four words of xoshiro256+ as one, and
# shuffle them in every step: 5.5 ns a sample in place of 1.4. pi.c is compiled without them, too.
os.environ["NUMBA_SLP_VECTORIZE"] = "0"

BLOCK = 2**15  # samples at once with numpy: two arrays of 256 KiB
CHUNK = 2**20  # samples of one generator with numba


def python():
    from random import Random

    def hits_of(samples, seed):
        random = Random(seed).random
        hits = 0
        for _ in range(samples):
            x = random()
            y = random()
            if x * x + y * y <= 1:
                hits += 1
        return hits

    return hits_of


def numpy(np):
    x_room = np.empty(BLOCK)
    y_room = np.empty(BLOCK)

    def hits_of(samples, seed):
        # The fastest of numpy's generators.
        random = np.random.Generator(np.random.SFC64(seed)).random
        hits = 0
        for start in range(0, samples, BLOCK):
            size = min(BLOCK, samples - start)
            x = x_room[:size]
            y = y_room[:size]
            random(out=x)
            random(out=y)
            x *= x
            y *= y
            x += y
            hits += int(np.count_nonzero(x <= 1))
        return hits

    return hits_of


def numba_on(is_parallel):
    """xoshiro256+ as in ../native/pi.c; the first CHUNK samples are the very same points."""

    def make(numba, np):
        u64 = np.uint64  # numba makes doubles of uint64 and int64 together
        gamma = u64(0x9E3779B97F4A7C15)

        @numba.njit
        def next_seed(state):
            """What splitmix64 gives for a state. The states of a stream are `gamma` apart."""
            z = state
            z = (z ^ (z >> u64(30))) * u64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> u64(27))) * u64(0x94D049BB133111EB)
            return z ^ (z >> u64(31))

        @numba.njit
        def chunk_hits(samples, state):
            s0 = next_seed(state + gamma)
            s1 = next_seed(state + gamma * u64(2))
            s2 = next_seed(state + gamma * u64(3))
            s3 = next_seed(state + gamma * u64(4))
            hits = 0
            for _ in range(samples):
                x = ((s0 + s3) >> u64(11)) * 2.0**-53
                t = s1 << u64(17)
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= t
                s3 = (s3 << u64(45)) | (s3 >> u64(19))

                y = ((s0 + s3) >> u64(11)) * 2.0**-53
                t = s1 << u64(17)
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= t
                s3 = (s3 << u64(45)) | (s3 >> u64(19))

                hits += x * x + y * y <= 1
            return hits

        @numba.njit(parallel=is_parallel)
        def hits_of_chunks(samples, seed):
            hits = 0
            for chunk in numba.prange((samples + CHUNK - 1) // CHUNK):
                hits += chunk_hits(min(CHUNK, samples - chunk * CHUNK), seed + u64(chunk) * u64(4) * gamma)
            return hits

        return lambda samples, seed: hits_of_chunks(samples, u64(seed))

    return make


def prepare(words):
    samples, seed = map(int, words)
    if samples < 1 or not 0 <= seed < 2**64:
        raise ValueError
    return samples, seed


if __name__ == "__main__":
    serve(python, numpy, numba_on, prepare, report=str, warm="1000 1")
