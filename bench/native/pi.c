/*
 * Pi as a good C programmer would write it: one xoshiro256+ (Blackman, Vigna, 2018), coordinates in double.
 * Request: samples seed. Answer: ms hits.
 */
#include "peer.h"
#include "seed.h"

static uint64_t s[4];

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t next(void) {
  const uint64_t result = s[0] + s[3];
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  return result;
}

/* 53 bits: [0, 1). */
static inline double uniform(void) { return (double)(next() >> 11) * 0x1p-53; }

static uint64_t hits_of(uint64_t samples, uint64_t seed) {
  for (int i = 0; i < 4; i++) s[i] = next_seed(&seed);
  uint64_t hits = 0;
  for (uint64_t i = 0; i < samples; i++) {
    const double x = uniform();
    const double y = uniform();
    hits += x * x + y * y <= 1;
  }
  return hits;
}

static int answer(const char *request) {
  unsigned long long samples, seed;
  if (sscanf(request, "%llu %llu", &samples, &seed) != 2) return 0;
  const double started = now_ms();
  const uint64_t hits = hits_of(samples, seed);
  printf("%.4f %llu\n", now_ms() - started, (unsigned long long)hits);
  return 1;
}

int main(void) { return serve(answer); }
