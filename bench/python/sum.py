"""0 + 1 + ... + n-1 by looping, as ../native/sum.c. Request: n. Answer: ms sum."""

from peer import serve

BLOCK = 2**15  # numbers at once with numpy: 256 KiB
CHUNK = 2**20  # numbers in a row with numba


def python():
    def sum_of(n):
        total = 0
        for i in range(n):
            total += i
        return total

    return sum_of


def numpy(np):
    def sum_of(n):
        total = 0
        for start in range(0, n, BLOCK):
            total += int(np.arange(start, min(start + BLOCK, n), dtype=np.int64).sum())
        return total

    return sum_of


def numba_on(is_parallel):
    def make(numba, np):
        from llvmlite import ir
        from numba.extending import intrinsic

        @intrinsic
        def opaque(context, total):
            """The total unchanged, which LLVM can't know: an empty asm, as in sum.c. Else it computes n (n - 1) / 2."""

            def generate(context, builder, signature, args):
                word = ir.IntType(64)
                return builder.asm(ir.FunctionType(word, [word]), "", "=r,0", args, side_effect=True)

            return numba.int64(numba.int64), generate

        @numba.njit(parallel=is_parallel)
        def sum_of(n):
            total = 0
            for chunk in numba.prange((n + CHUNK - 1) // CHUNK):
                part = 0
                for i in range(chunk * CHUNK, min((chunk + 1) * CHUNK, n)):
                    part = opaque(part + i)
                total += part
            return total

        return sum_of

    return make


def prepare(words):
    (n,) = map(int, words)
    if not 0 <= n <= 2**32:
        raise ValueError
    return (n,)


if __name__ == "__main__":
    serve(python, numpy, numba_on, prepare, report=str, warm="1000")
