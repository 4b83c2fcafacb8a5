/*
 * 0 + 1 + ... + n-1, one number at a time: work that does nothing but occupy a core, as assembly/kernels/sum.ts has it.
 * Left alone, gcc sees through it and computes n (n - 1) / 2. The empty asm may have changed the total, for all that
 * gcc knows, so each addition must be done, and none two at a time; it costs no instruction.
 *
 * Request: n (at most 2^32, so that the total stays below 2^63). Answer: ms sum.
 */
#include "peer.h"

static uint64_t sum_of(uint64_t n) {
  uint64_t total = 0;
  for (uint64_t i = 0; i < n; i++) {
    total += i;
    __asm__ volatile("" : "+r"(total));
  }
  return total;
}

static int answer(const char *request) {
  unsigned long long n;
  if (sscanf(request, "%llu", &n) != 1 || n > 1ull << 32) return 0;
  const double started = now_ms();
  const uint64_t sum = sum_of(n);
  printf("%.4f %llu\n", now_ms() - started, (unsigned long long)sum);
  return 1;
}

int main(void) { return serve(answer); }
