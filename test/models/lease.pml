/*
 * Leased threads: the doorbells of src/pool/doorbell.ts, the count of answers of answers.ts, the owner's bookkeeping of
 * exclusive.ts and leased.ts, and the worker's loop of worker/entry/thread.ts. Two workers; one may die at any step
 * (DEATHS), and is replaced while tasks are queued. The owner's event loop takes its events (a task is
 * given, a worker is up, a wait has ended, a turn of looking, an exit, the shutdown) in any order. HASTY: the shutdown
 * comes while workers still have tasks.
 *
 * Checked: no wake-up is lost (an invalid end state), every task is run once at most, and answered once or failed once;
 * a reply is whole when it is taken; no freed word is written, and none is freed that the owner waits for.
 *
 * Bugs to be caught: BUG_SLEEPS_BLIND, BUG_LOOKS_BEFORE_COUNT, BUG_ARMS_LATE, BUG_LISTENS_LATE, BUG_ARMS_BLIND,
 * BUG_ANSWERS_BEFORE_REPLY, BUG_COUNTS_BEFORE_ANSWER, BUG_FREES_EARLY, BUG_FREES_ARMED, BUG_FORGETS_THE_DEAD,
 * BUG_RUNS_TWICE
 */
#ifndef TASKS
#define TASKS 3
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#define SIZE 2
#define LINES 3 /* workers in all: two at the start, and one in place of the dead */
#define NONE 9
#define IDLE 0
#define LOOKING 1
#define LISTENING 2
#define CLOSED 3

/* The words of the doorbells, and of the pool. */
byte rung[LINES];
bool asleep[LINES];
byte answered[LINES];
byte numbers[LINES] = NONE; /* a task, then its reply */
bool freed[LINES];
byte answers = 0;
bool listens = false;
bool answersFreed = false;

/* Of the system: what sleeps, and what has ended. */
bool started[LINES];
bool sleeping[LINES];
bool ending[LINES];
bool killed[LINES];
bool armed = false;
bool woken = false;
byte deaths = 0;

bool begun[3];
byte runs[3];
byte outcomes[3];

#define REPLY 16

/* Steps that only this worker can see are one with the next. */
proctype Worker(byte d) {
  byte seen, task;
  bool listening;
  {
    skip;
serve:
    atomic {
      seen = answered[d];
      if
      :: rung[d] != seen -> goto work /* it has looked */
      :: true -> assert(!freed[d]); asleep[d] = true
      fi
    };
    do
    :: rung[d] != seen -> break
    :: rung[d] == seen ->
#ifdef BUG_SLEEPS_BLIND
      sleeping[d] = true;
#else
      atomic { if :: rung[d] == seen -> sleeping[d] = true :: else fi };
#endif
      !sleeping[d]
    od;
    atomic { assert(!freed[d]); asleep[d] = false };
work:
    atomic { task = numbers[d]; assert(task < TASKS); begun[task] = true; runs[task]++; assert(runs[task] == 1) };
#ifdef BUG_ANSWERS_BEFORE_REPLY
    atomic { assert(!freed[d]); answered[d]++ };
#endif
    atomic { assert(!freed[d]); numbers[d] = task + REPLY };
#ifdef BUG_COUNTS_BEFORE_ANSWER
    answers++;
    atomic { if :: listens && armed -> armed = false; woken = true :: else fi };
#endif
#ifndef BUG_ANSWERS_BEFORE_REPLY
    atomic { assert(!freed[d]); answered[d]++ };
#endif
#ifndef BUG_COUNTS_BEFORE_ANSWER
    atomic { assert(!answersFreed); answers++ };
    listening = listens;
    atomic { if :: listening && armed -> armed = false; woken = true :: else fi; listening = false };
#endif
    goto serve
  } unless { killed[d] }
}

/* The system, and kernels that exit: ends threads some time after they are to end, and some without being asked. */
proctype Reaper() {
  byte d;
  end: do
  :: atomic { deaths < DEATHS -> deaths++;
       if
       :: !killed[0] -> killed[0] = true
       :: !killed[1] -> killed[1] = true
       :: started[2] && !killed[2] -> killed[2] = true
       :: deaths = DEATHS /* no more die */
       fi }
  :: atomic { ending[0] && !killed[0] -> killed[0] = true }
  :: atomic { ending[1] && !killed[1] -> killed[1] = true }
  :: atomic { ending[2] && !killed[2] -> killed[2] = true }
  od
}

/* The owner's own. */
byte holds[LINES] = NONE;
bool up[LINES];
bool expected[LINES];
bool gone[LINES];
bool queued[3];

#define anyExpected (expected[0] || expected[1] || expected[2])
#define queuedFirst (queued[0] -> 0 : (queued[1] -> 1 : (queued[2] -> 2 : NONE)))
#define idleAt(d) (up[d] && !gone[d] && holds[d] == NONE)
#define idleFirst (idleAt(0) -> 0 : (idleAt(1) -> 1 : (idleAt(2) -> 2 : NONE)))
#define isAnswered(d) (answered[d] == rung[d])

/* The task that worker w is given: its numbers, the bell, and its reply is expected. */
inline post(w, t) {
#ifdef BUG_LOOKS_BEFORE_COUNT
  isAsleep = asleep[w];
  atomic { assert(!freed[w]); queued[t] = false; holds[w] = t; numbers[w] = t; rung[w]++ };
#else
  atomic { assert(!freed[w]); queued[t] = false; holds[w] = t; numbers[w] = t; rung[w]++ };
  isAsleep = asleep[w];
#endif
  atomic {
    if
    :: isAsleep -> sleeping[w] = false
    :: else
    fi;
    expected[w] = true;
    isAsleep = false
  }
}

inline settle(w) {
  d_step {
    expected[w] = false;
    assert(numbers[w] == holds[w] + REPLY);
    outcomes[holds[w]]++;
    assert(outcomes[holds[w]] == 1);
    holds[w] = NONE
  }
}

/* One pass: a reply that comes during it is counted after what `listen` has seen. */
inline collect() {
  d = 0;
  do
  :: atomic { d == LINES -> d = 0; break }
  :: atomic { d < LINES && !(expected[d] && isAnswered(d)) -> d++ }
  :: atomic { d < LINES && expected[d] && isAnswered(d) -> settle(d); t = queuedFirst };
    if
    :: t != NONE && !isClosed -> post(d, t)
    :: else
    fi;
    atomic { t = NONE; d++ }
  od;
  if
  :: !anyExpected -> state = IDLE
  :: else
  fi
}

/* Starts a worker for what is queued, in place of a dead one. */
inline grow() {
  atomic {
    if
    :: !isClosed && queuedFirst != NONE && lines < LINES && alive < SIZE ->
      started[lines] = true;
      run Worker(lines);
      lines++;
      alive++
    :: else
    fi
  }
}

#define exitOf(w) (killed[w] && !gone[w])
#define upOf(w) (started[w] && !up[w] && !gone[w])
#define quiet (queuedFirst == NONE && given == TASKS)
#define atRest (holds[0] == NONE && holds[1] == NONE && holds[2] == NONE)
#ifdef HASTY
#define mayClose quiet
#else
#define mayClose (quiet && atRest)
#endif

proctype Owner() {
  byte state = IDLE, given = 0, lines = SIZE, alive = SIZE, d = 0, w = 0, t = NONE, seen = 0;
  bool isAsleep = false, isClosed = false, wasListening = false;

loop:
  if
  /* A task is given. */
  :: given < TASKS && !isClosed ->
    atomic { queued[given] = true; given++; w = idleFirst };
    if
    :: w != NONE -> t = queuedFirst; post(w, t); t = NONE; goto expect
    :: else -> grow(); goto loop
    fi
  /* A worker is up. */
  :: atomic { upOf(0) -> w = 0 }; goto isUp
  :: atomic { upOf(1) -> w = 1 }; goto isUp
  :: atomic { upOf(2) -> w = 2 }; goto isUp
  /* A worker has ended. */
  :: atomic { exitOf(0) -> w = 0 }; goto ended
  :: atomic { exitOf(1) -> w = 1 }; goto ended
  :: atomic { exitOf(2) -> w = 2 }; goto ended
  /* The wait for ANSWERS has ended. */
  :: woken ->
    woken = false;
    assert(!answersFreed); listens = false;
    if
    :: state == CLOSED -> goto freeAnswers
    :: else -> goto listen
    fi
  /* A turn of the event loop that looks. */
  :: state == LOOKING ->
    collect();
    if
    :: state == IDLE -> goto loop
    :: state != IDLE -> goto loop
    :: state != IDLE -> goto listen
    fi
  /* The executor is shut down: all workers are ended. */
  :: atomic { mayClose && !isClosed ->
       isClosed = true;
       w = 0;
       do
       :: w == LINES -> w = 0; break
       :: w < LINES ->
#ifdef BUG_FREES_EARLY
         freed[w] = true;
#endif
         ending[w] = started[w];
         w++
       od };
    goto loop
  :: isClosed && alive == 0 && state != CLOSED ->
    wasListening = (state == LISTENING);
    state = CLOSED;
    if
#ifndef BUG_FREES_ARMED
    :: wasListening -> atomic { if :: armed -> armed = false; woken = true :: else fi }; goto loop
    :: !wasListening -> goto freeAnswers
#else
    :: true -> goto freeAnswers
#endif
    fi
  fi;

isUp:
  up[w] = true;
  atomic { t = queuedFirst };
  if
  :: t != NONE && !isClosed -> post(w, t); t = NONE
  :: else -> t = NONE
  fi;
  goto expect;

ended:
  atomic {
    gone[w] = true;
    alive--;
    if
    :: expected[w] && isAnswered(w) -> settle(w)
    :: else -> expected[w] = false
    fi;
    freed[w] = true;
    t = holds[w];
    holds[w] = NONE;
    if
    :: t == NONE
#ifdef BUG_FORGETS_THE_DEAD
    :: t != NONE
#elif defined(BUG_RUNS_TWICE)
    :: t != NONE && !isClosed -> queued[t] = true
    :: t != NONE && isClosed -> outcomes[t]++; assert(outcomes[t] == 1)
#else
    :: t != NONE && !isClosed && !begun[t] -> queued[t] = true
    :: t != NONE && (isClosed || begun[t]) -> outcomes[t]++; assert(outcomes[t] == 1)
#endif
    fi;
    t = queuedFirst;
    w = idleFirst
  };
  if
  :: t != NONE && w != NONE -> post(w, t)
  :: else
  fi;
  atomic { t = NONE; w = 0 };
  grow();
  goto expect;

/* Replies are expected, perhaps: from when on the owner looks, or sleeps. */
expect:
  if
  :: state == IDLE && anyExpected -> state = LOOKING; goto loop
  :: state == IDLE && anyExpected -> goto listen
  :: !(state == IDLE && anyExpected) -> goto loop
  fi;

listen:
  state = LISTENING;
#ifdef BUG_ARMS_LATE
  collect();
  seen = answers;
#else
  seen = answers;
  collect();
#endif
  if
  :: state == IDLE -> listens = false; goto loop
  :: else
  fi;
#ifndef BUG_LISTENS_LATE
  assert(!answersFreed); listens = true;
#endif
#ifdef BUG_ARMS_BLIND
  armed = true;
#else
  atomic { if :: answers == seen -> armed = true :: else -> goto listen fi };
#endif
#ifdef BUG_LISTENS_LATE
  listens = true;
#endif
  goto loop;

freeAnswers:
  assert(!armed && !woken);
  answersFreed = true;
  w = 0;
  do
  :: w == TASKS -> break
  :: w < TASKS -> assert(outcomes[w] == 1); w++
  od
}

init {
  atomic {
    started[0] = true;
    up[0] = true;
    started[1] = true;
    up[1] = true;
    run Worker(0);
    run Worker(1);
    run Reaper();
    run Owner()
  }
}
