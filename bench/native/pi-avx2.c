/*
 * Pi with AVX2 by hand: "lazy bits" over SHISHUA (Thaddee Tyl, 2020), the fastest that we know.
 *
 * A 32-bit lane holds 16 bits of each coordinate: a cell of the square, the circle's radius being 32768 cells. Nearly
 * all cells lie on one side of the circle. Only for the others, 1 in 10,000, more bits are drawn and the point is
 * decided in double, so that there is no lattice bias. Two loops, since one would run out of registers: a buffer is
 * filled, then tested.
 *
 * Request: samples (a multiple of 128, below 2^34) seed. Answer: ms hits. Built with -mavx2 alone: told about AVX-512,
 * gcc 12 makes compares through mask registers of it, and takes 1.7 times as long.
 */
#include <immintrin.h>
#include <string.h>

#include "peer.h"
#include "seed.h"

enum { BUFFER = 128 }; /* samples: 16 vectors. Twice as many: a rescan for a crossed cell costs twice as much (+12%). */

static __m256i s[4], o[4], counter;
static uint64_t more_bits;

static void seed_generator(uint64_t seed) {
  uint64_t words[9 * 4];
  for (int i = 0; i < 9 * 4; i++) words[i] = next_seed(&seed);
  memcpy(s, words, sizeof s);
  memcpy(o, words + 16, sizeof o);
  memcpy(&counter, words + 32, sizeof counter);
  more_bits = seed;
}

static void fill(__m256i buffer[BUFFER / 8]) {
  /* Rotations of the whole state by 32-bit parts, which bring weak low bits of the sums to where they grow strong. */
  const __m256i by5 = _mm256_set_epi32(4, 3, 2, 1, 0, 7, 6, 5), by3 = _mm256_set_epi32(2, 1, 0, 7, 6, 5, 4, 3);
  const __m256i increment = _mm256_set_epi64x(1, 3, 5, 7);
  __m256i s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3], o0 = o[0], o1 = o[1], o2 = o[2], o3 = o[3], c = counter;
  for (int i = 0; i < BUFFER / 8; i += 4) {
    buffer[i] = o0, buffer[i + 1] = o1, buffer[i + 2] = o2, buffer[i + 3] = o3;
    s1 = _mm256_add_epi64(s1, c);
    s3 = _mm256_add_epi64(s3, c);
    c = _mm256_add_epi64(c, increment);
    const __m256i u0 = _mm256_srli_epi64(s0, 1), u1 = _mm256_srli_epi64(s1, 3);
    const __m256i u2 = _mm256_srli_epi64(s2, 1), u3 = _mm256_srli_epi64(s3, 3);
    const __m256i t0 = _mm256_permutevar8x32_epi32(s0, by5), t1 = _mm256_permutevar8x32_epi32(s1, by3);
    const __m256i t2 = _mm256_permutevar8x32_epi32(s2, by5), t3 = _mm256_permutevar8x32_epi32(s3, by3);
    s0 = _mm256_add_epi64(t0, u0);
    s1 = _mm256_add_epi64(t1, u1);
    s2 = _mm256_add_epi64(t2, u2);
    s3 = _mm256_add_epi64(t3, u3);
    o0 = _mm256_xor_si256(u0, t1);
    o1 = _mm256_xor_si256(u2, t3);
    o2 = _mm256_xor_si256(s0, s3);
    o3 = _mm256_xor_si256(s2, s1);
  }
  s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, o[0] = o0, o[1] = o1, o[2] = o2, o[3] = o3, counter = c;
}

/* Minus the squared distance of the cells' midpoints, up to 1/2: x * ~x is -(x + 1/2)^2 + 1/4, and can't overflow. */
static inline __m256i distances(__m256i v) {
  return _mm256_madd_epi16(v, _mm256_xor_si256(v, _mm256_set1_epi32(-1)));
}

/* The hits among those cells of the buffer that the circle crosses. */
static int crossed_hits(const __m256i buffer[BUFFER / 8]) {
  const int16_t *cells = (const int16_t *)buffer;
  int hits = 0;
  for (int i = 0; i < 2 * BUFFER; i += 2) {
    const int x = cells[i], y = cells[i + 1];
    const int high = (-x * (x + 1) - y * (y + 1)) >> 16;
    if (high != -16384 && high != -16385) continue;
    const uint64_t bits = next_seed(&more_bits);
    const double exact_x = x + (double)(bits >> 32) * 0x1p-32, exact_y = y + (double)(uint32_t)bits * 0x1p-32;
    hits += exact_x * exact_x + exact_y * exact_y <= 0x1p30;
  }
  return hits;
}

/* Adds the hits of a buffer to the 32-bit lanes of `total`, but for those in crossed cells, which it returns. */
static int add_hits(const __m256i buffer[BUFFER / 8], __m256i *total) {
  /* In units of the high half, a cell's corners are less than 1 from its midpoint. */
  const __m256i surely = _mm256_set1_epi16(-16384), perhaps = _mm256_set1_epi16(-16386);
  __m256i inside = _mm256_setzero_si256(), touched = _mm256_setzero_si256();
  for (int i = 0; i < BUFFER / 8; i += 2) {
    const __m256i low = _mm256_srli_epi32(distances(buffer[i]), 16);
    const __m256i high = _mm256_blend_epi16(low, distances(buffer[i + 1]), 0xaa);
    inside = _mm256_add_epi16(inside, _mm256_cmpgt_epi16(high, surely));
    touched = _mm256_add_epi16(touched, _mm256_cmpgt_epi16(high, perhaps));
  }
  *total = _mm256_add_epi32(*total, _mm256_madd_epi16(inside, _mm256_set1_epi16(-1)));
  const __m256i differ = _mm256_xor_si256(inside, touched);
  return _mm256_testz_si256(differ, differ) ? 0 : crossed_hits(buffer);
}

static int answer(const char *request) {
  unsigned long long samples, seed, hits = 0;
  if (sscanf(request, "%llu %llu", &samples, &seed) != 2 || samples % BUFFER != 0) return 0;
  if (samples >> 34) return 0; /* the lanes of `total` would overflow */
  __m256i buffer[BUFFER / 8], total = _mm256_setzero_si256();
  const double started = now_ms();
  seed_generator(seed);
  for (unsigned long long i = 0; i < samples; i += BUFFER) {
    fill(buffer);
    hits += (unsigned long long)add_hits(buffer, &total);
  }
  uint32_t lanes[8];
  _mm256_storeu_si256((__m256i *)lanes, total);
  for (int i = 0; i < 8; i++) hits += lanes[i];
  printf("%.4f %llu\n", now_ms() - started, hits);
  return 1;
}

int main(void) {
  if (__builtin_cpu_supports("avx2")) return serve(answer);
  puts("this CPU has no AVX2");
  return 0;
}
