/*
 * Leased threads: the doorbells of src/pool/doorbell.ts and rings.ts, the count of answers of answers.ts, the owner's
 * bookkeeping of exclusive.ts and leased.ts, and the worker's loop of worker/entry/thread.ts. Two workers; one may die at
 * any step (DEATHS), and is replaced while tasks are queued. The owner's event loop takes its events (a task is given, a
 * worker is up, a wait has ended, a turn of looking, an exit, the shutdown) in any order. HASTY: the shutdown comes while
 * workers still have tasks. AHEAD: a worker may be given a second task, which the owner may take back; and it
 * may leave out to tell of a reply while it has more tasks. DEFERS: a task may
 * be deferred; the other worker may ring for it, the owner may, or may take it back.
 *
 * Checked: no wake-up is lost (an invalid end state), every task is run once at most, and answered once or failed once;
 * a reply is whole when it is taken; a task is never written over; no freed word is written, and none is freed that the
 * owner waits for.
 *
 * Bugs to be caught: BUG_SLEEPS_BLIND, BUG_LOOKS_BEFORE_COUNT, BUG_ARMS_LATE, BUG_LISTENS_LATE, BUG_ARMS_BLIND,
 * BUG_ANSWERS_BEFORE_REPLY, BUG_COUNTS_BEFORE_ANSWER, BUG_FREES_EARLY, BUG_FREES_ARMED, BUG_FORGETS_THE_DEAD,
 * BUG_RUNS_TWICE, BUG_CLEARS_LATE, BUG_TAKES_BACK_BLIND, BUG_FORGETS_AHEAD, BUG_RINGS_TWICE,
 * BUG_LETS_SLEEP, BUG_GOES_BY_IN_SILENCE
 */
#ifndef TASKS
#define TASKS 3
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#define SIZE 2
#define LINES 3 /* workers in all: two at the start, and one in place of the dead */
#define CELLS 3
#define NONE 9
#define IDLE 0
#define LOOKING 1
#define LISTENING 2
#define CLOSED 3

/* The words of the doorbells, and of the pool. A count and whether its reader sleeps are one word: each step on both is one. */
byte rung[LINES];
bool asleep[LINES];
byte answered[LINES];
bool deferred[LINES];
byte cells[9] = NONE; /* of each worker CELLS: a task, then BEGUN, then its reply; or TAKEN_BACK */
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
#define BEGUN 32
#define TAKEN_BACK 8
#define cellAt(d, count) cells[(d) * CELLS + (count) % CELLS]

/* Counts a ring of worker w's bell, and wakes it if it sleeps. */
inline ringBell(w, found) {
#ifdef BUG_LOOKS_BEFORE_COUNT
  found = asleep[w];
  atomic { assert(!answersFreed); rung[w]++ };
#elif defined(BUG_CLEARS_LATE)
  atomic { assert(!answersFreed); rung[w]++ };
  atomic { found = asleep[w]; asleep[w] = false };
#else
  atomic { assert(!answersFreed); rung[w]++; found = asleep[w]; asleep[w] = false };
#endif
  atomic { if :: found -> sleeping[w] = false :: else fi; found = false }
}

/* Rings for the task of worker w that is deferred, if there is one. */
inline ringIfReady(w, found) {
#ifdef BUG_RINGS_TWICE
  found = deferred[w];
  if
  :: found -> deferred[w] = false; ringBell(w, found)
  :: else
  fi;
#else
#ifdef BUG_CLEARS_LATE
  atomic { found = deferred[w]; if :: found -> deferred[w] = false; rung[w]++ :: else fi };
  atomic { if :: found -> found = asleep[w]; asleep[w] = false :: else fi };
#else
  atomic {
    if
    :: deferred[w] -> deferred[w] = false; rung[w]++; found = asleep[w]; asleep[w] = false
    :: else
    fi
  };
#endif
  atomic { if :: found -> sleeping[w] = false :: else fi; found = false }
#endif
}

/* Steps that only this worker can see are one with the next. */
proctype Worker(byte d) {
  byte seen, task;
  bool found, due;
  {
    skip;
serve:
    atomic {
      seen = answered[d];
      if
      :: rung[d] != seen -> goto work /* it has looked */
      :: true -> assert(!freed[d])
      fi
    };
sleep:
    atomic {
      if
      :: rung[d] == seen -> asleep[d] = true
      :: else -> goto work
      fi
    };
#ifdef BUG_SLEEPS_BLIND
    sleeping[d] = true;
#elif defined(BUG_CLEARS_LATE)
    atomic { if :: rung[d] == seen -> sleeping[d] = true :: else fi };
#else
    atomic { if :: rung[d] == seen && asleep[d] -> sleeping[d] = true :: else fi };
#endif
    atomic { !sleeping[d]; goto sleep };
work:
    atomic {
      assert(!freed[d]);
      task = cellAt(d, answered[d]);
      if
#if defined(BUG_GOES_BY_IN_SILENCE) || defined(BUG_COUNTS_BEFORE_ANSWER)
      :: task == TAKEN_BACK -> task = NONE; answered[d]++; goto serve
#else
      :: task == TAKEN_BACK -> task = NONE; answered[d]++; goto tell
#endif
      :: else -> assert(task < TASKS); cellAt(d, answered[d]) = BEGUN
      fi
    };
    atomic { begun[task] = true; runs[task]++; assert(runs[task] == 1) };
#ifdef DEFERS
    if
    :: d < 2 -> ringIfReady(1 - d, found)
    :: true
    fi;
#endif
#ifdef BUG_ANSWERS_BEFORE_REPLY
    atomic { assert(!freed[d]); answered[d]++ };
    atomic { assert(!freed[d]); cellAt(d, answered[d] - 1) = task + REPLY };
#else
    atomic { assert(!freed[d]); cellAt(d, answered[d]) = task + REPLY };
#endif
#ifdef BUG_COUNTS_BEFORE_ANSWER
    atomic { answers++; found = listens; listens = false };
    atomic { if :: found && armed -> armed = false; woken = true :: else fi };
#endif
#ifndef BUG_ANSWERS_BEFORE_REPLY
    atomic { assert(!freed[d]); answered[d]++ };
#endif
#ifndef BUG_COUNTS_BEFORE_ANSWER
    due = true;
tell:
    atomic {
      if
      :: !due -> goto serve
#ifdef AHEAD
      :: due && rung[d] != answered[d] -> goto serve /* it has more tasks, and tells of several replies at once */
#endif
      :: due -> due = false
      fi
    };
    atomic { assert(!answersFreed); answers++; found = listens; listens = false };
    atomic { if :: found && armed -> armed = false; woken = true :: else fi; found = false };
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

/* The owner's own: what it has given each worker and passed since, and the tasks that are in the cells. */
byte given[LINES];
byte passed[LINES];
byte holds[9] = NONE;
bool up[LINES];
bool expected[LINES];
bool gone[LINES];
bool queued[3];

#define anyExpected (expected[0] || expected[1] || expected[2])
#define queuedFirst (queued[0] -> 0 : (queued[1] -> 1 : (queued[2] -> 2 : NONE)))
#define hasNone(d) (holds[(d) * CELLS] == NONE && holds[(d) * CELLS + 1] == NONE && holds[(d) * CELLS + 2] == NONE)
#define idleAt(d) (up[d] && !gone[d] && hasNone(d))
#define idleFirst (idleAt(0) -> 0 : (idleAt(1) -> 1 : (idleAt(2) -> 2 : NONE)))
#define isAnswered(d) (answered[d] != passed[d])
#define room(d) (CELLS - (given[d] - passed[d]))

/* The task in the next cell of worker w. */
inline write(w, t) {
  assert(!freed[w] && room(w) > 0);
  queued[t] = false;
  cellAt(w, given[w]) = t;
  holds[w * CELLS + given[w] % CELLS] = t;
  given[w]++;
  expected[w] = true
}

/* The task that worker w is given: written, and the bell. */
inline post(w, t) {
  atomic { write(w, t) };
  ringBell(w, isAsleep)
}

/* Passes a cell that worker w is through with. */
inline settle(w) {
  d_step {
    if
    :: cellAt(w, passed[w]) == TAKEN_BACK
    :: else ->
       last = holds[w * CELLS + passed[w] % CELLS];
       assert(last != NONE && cellAt(w, passed[w]) == last + REPLY);
       outcomes[last]++;
       assert(outcomes[last] == 1);
       holds[w * CELLS + passed[w] % CELLS] = NONE;
       last = NONE
    fi;
    passed[w]++;
    expected[w] = !hasNone(w)
  }
}

/* One pass: a reply that comes during it is counted after what `listen` has seen. */
inline collect() {
  d = 0;
  do
  :: atomic { d == LINES -> d = 0; break }
  :: atomic { d < LINES && !(expected[d] && isAnswered(d)) -> d++ }
  :: atomic { d < LINES && expected[d] && isAnswered(d) ->
       most = given[d] - passed[d];
       do
       :: most > 0 && isAnswered(d) -> settle(d); most--
       :: else -> most = 0; break
       od;
       t = queuedFirst };
    if
    :: t != NONE && !isClosed && hasNone(d) -> post(d, t)
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

/* The last task of worker w, if it has not begun on it, is queued again. */
inline takeBack(w) {
  atomic {
    last = (given[w] - 1) % CELLS + w * CELLS;
    if
#ifdef BUG_TAKES_BACK_BLIND
    :: holds[last] != NONE && room(w) > 0 ->
#else
    :: holds[last] != NONE && room(w) > 0 && cells[last] == holds[last] ->
#endif
       cells[last] = TAKEN_BACK;
       queued[holds[last]] = true;
       holds[last] = NONE;
       expected[w] = !hasNone(w)
    :: else
    fi;
    last = NONE;
    stalls++;
    t = queuedFirst;
    w = idleFirst
  }
}

#define exitOf(w) (killed[w] && !gone[w])
#define upOf(w) (started[w] && !up[w] && !gone[w])
#define quiet (queuedFirst == NONE && asked == TASKS)
#define atRest (hasNone(0) && hasNone(1) && hasNone(2))
#ifdef HASTY
#define mayClose quiet
#else
#define mayClose (quiet && atRest)
#endif

proctype Owner() {
  byte state = IDLE, asked = 0, lines = SIZE, alive = SIZE, d = 0, w = 0, t = NONE, seen = 0, most = 0, last = NONE, stalls = 0;
  bool isAsleep = false, isClosed = false, wasListening = false;

loop:
  if
  /* A task is given. */
  :: asked < TASKS && !isClosed ->
    atomic { queued[asked] = true; asked++; w = idleFirst };
    if
    :: w != NONE -> t = queuedFirst; post(w, t); t = NONE; goto expect
#ifdef AHEAD
    /* To a busy worker, though another may be idle: so that two tasks are enough. */
    :: up[0] && !gone[0] && !hasNone(0) && room(0) > 1 -> w = 0; t = queuedFirst; post(w, t); t = NONE; goto expect
#endif
#ifdef DEFERS
    /* It lies ready for the other worker, or for the owner, to ring for. */
    :: w != NONE && w < 2 && !gone[1 - w] && !hasNone(1 - w) ->
       atomic { t = queuedFirst; write(w, t); deferred[w] = true; t = NONE };
       goto expect
#endif
    :: else -> grow(); goto loop
    fi
#ifdef AHEAD
  /* A worker stays with one task. */
  :: atomic { stalls < 1 && !isClosed && !gone[0] && given[0] - passed[0] > 1 -> w = 0 }; goto stalled
  :: atomic { stalls < 1 && !isClosed && !gone[1] && given[1] - passed[1] > 1 -> w = 1 }; goto stalled
#endif
#ifdef DEFERS
  :: atomic { deferred[0] && !isClosed -> w = 0 }; goto ready
  :: atomic { deferred[1] && !isClosed -> w = 1 }; goto ready
#endif
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
    assert(!answersFreed);
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

#ifdef AHEAD
stalled:
  takeBack(w);
  goto giveNext;
#endif

#ifdef DEFERS
ready:
  if
  :: true ->
    ringIfReady(w, isAsleep);
    goto expect
  :: true ->
    atomic {
      if
      :: deferred[w] ->
         deferred[w] = false;
         given[w]--;
         last = w * CELLS + given[w] % CELLS;
         queued[holds[last]] = true;
         holds[last] = NONE;
         expected[w] = !hasNone(w)
      :: else
      fi;
      last = NONE;
      t = queuedFirst;
      w = idleFirst
    };
    goto giveNext
  fi;
#endif

ended:
  atomic {
    gone[w] = true;
    alive--;
    deferred[w] = false;
    do
    :: isAnswered(w) -> settle(w)
    :: else -> break
    od;
    expected[w] = false;
    freed[w] = true;
    do
    :: passed[w] == given[w] -> break
    :: passed[w] != given[w] ->
       last = w * CELLS + passed[w] % CELLS;
       passed[w]++;
       t = holds[last];
       holds[last] = NONE;
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
#ifdef BUG_FORGETS_AHEAD
       if
       :: t != NONE -> passed[w] = given[w]
       :: else
       fi
#else
       skip
#endif
    od;
    last = NONE;
#ifndef BUG_LETS_SLEEP
    /* It may have rung, and not notified. */
    sleeping[0] = false;
    sleeping[1] = false;
    sleeping[2] = false;
    if :: armed -> armed = false; woken = true :: else fi;
#endif
    t = queuedFirst;
    w = idleFirst
  };
  goto giveNext;

/* An idle worker gets what is queued, or one is started for it. */
giveNext:
  if
  :: t != NONE && w != NONE && !isClosed -> post(w, t)
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
  :: state == IDLE -> goto loop
  :: else
  fi;
#ifndef BUG_LISTENS_LATE
  atomic { assert(!answersFreed); if :: answers == seen -> listens = true :: else -> state = LOOKING; goto loop fi };
#endif
#ifdef BUG_ARMS_BLIND
  armed = true;
#elif defined(BUG_LISTENS_LATE)
  atomic { if :: answers == seen -> armed = true :: else -> state = LOOKING; goto loop fi };
#else
  atomic { if :: answers == seen && listens -> armed = true :: else -> state = LOOKING; goto loop fi };
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
