/*
 * What the fractal peers share: the request, the grid, and the checksums of the counts.
 * Request: width height re-start re-end im-start im-end max-iterations, and for a Julia set c-re c-im.
 * Answer: ms sum hash.
 */
#pragma once
#include "peer.h"

struct picture {
  int width, height, max_iterations;
  double re_start, re_step, im_start, im_step;
  int is_julia; /* each step adds c, not the pixel */
  double c_re, c_im;
};

typedef void Draw(const struct picture *picture, int32_t *counts);

/* Both ends are pixels; a single pixel is the start. */
static double step(double start, double end, int pixels) { return pixels == 1 ? 0 : (end - start) / (pixels - 1); }

/* FNV-1a of 64 bits, over whole counts in place of bytes: four times as fast, and as good for telling two apart. */
static uint64_t hash_of(const int32_t *counts, size_t length) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (uint32_t)counts[i]) * 0x100000001b3;
  return hash;
}

static int answer_picture(const char *request, Draw *draw) {
  /* Kept from round to round: fresh pages cost time, which the other side does not pay either. */
  static int32_t *counts;
  static size_t room;
  struct picture p;
  double re_end, im_end;
  const int fields = sscanf(request, "%d %d %lf %lf %lf %lf %d %lf %lf", &p.width, &p.height, &p.re_start, &re_end,
                            &p.im_start, &im_end, &p.max_iterations, &p.c_re, &p.c_im);
  if (fields != 7 && fields != 9) return 0;
  if (p.width < 1 || p.height < 1) return 0;
  p.is_julia = fields == 9;
  p.re_step = step(p.re_start, re_end, p.width);
  p.im_step = step(p.im_start, im_end, p.height);
  const size_t length = (size_t)p.width * (size_t)p.height;
  if (length > room) {
    free(counts);
    counts = malloc(length * sizeof *counts);
    if (!counts) return 0;
    room = length;
  }

  const double started = now_ms();
  draw(&p, counts);
  const double ms = now_ms() - started;

  long long sum = 0;
  for (size_t i = 0; i < length; i++) sum += counts[i];
  printf("%.4f %lld %016llx\n", ms, sum, (unsigned long long)hash_of(counts, length));
  return 1;
}
