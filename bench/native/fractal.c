/*
 * The Mandelbrot set and Julia sets as they are defined, one pixel after the other: every operation rounded to double,
 * no test that spares a step. Fused multiply-adds would change counts: built with -ffp-contract=off.
 */
#include "picture.h"

static inline int32_t count(double zr, double zi, double cr, double ci, int max_iterations) {
  double zr_squared = zr * zr, zi_squared = zi * zi;
  for (int i = 0; i < max_iterations; i++) {
    const double t = zr * zi;
    zi = t + t + ci;
    zr = zr_squared - zi_squared + cr;
    zr_squared = zr * zr;
    zi_squared = zi * zi;
    if (!(zr_squared + zi_squared <= 4)) return i; /* so that NaN escapes */
  }
  return max_iterations;
}

static void draw(const struct picture *p, int32_t *counts) {
  for (int row = 0; row < p->height; row++) {
    const double im = row * p->im_step + p->im_start;
    for (int x = 0; x < p->width; x++) {
      const double re = x * p->re_step + p->re_start;
      *counts++ = p->is_julia ? count(re, im, p->c_re, p->c_im, p->max_iterations)
                              : count(re, im, re, im, p->max_iterations);
    }
  }
}

static int answer(const char *request) { return answer_picture(request, draw); }

int main(void) { return serve(answer); }
