/*
 * What every peer program does besides its work: it says "ready" and what it was compiled by, then answers each line of
 * stdin with one line on stdout, until stdin ends. It stays alive between rounds, so that the bench can take turns with
 * it, and it takes the time itself, so that the pipe is not in it.
 */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* Answers one request: does the work, and prints "<ms> <what came out>". False: the request made no sense. */
typedef int Answer(const char *request);

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int serve(Answer *answer) {
  char request[1024];
  puts("ready " COMPILER);
  fflush(stdout);
  while (fgets(request, sizeof request, stdin)) {
    if (!answer(request)) {
      fprintf(stderr, "not a request: %s", request);
      return 2;
    }
    fflush(stdout);
  }
  return 0;
}
