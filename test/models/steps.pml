/*
 * The barrier between the steps of a job (src/worker/step-block.ts): workers that claim chunks of the step at which the walk
 * stands; who has done its last chunk closes the claims, goes on, and rings; who has nothing to claim sleeps on the bell.
 * Steps of two chunks, one and two. The owner may stop the job at any moment, and does when a worker has died.
 *
 * Checked: each chunk is run once, in a step that has it, and no step before the one before it is done; nobody sleeps when the
 * job is over or stopped, and it is over unless it was stopped.
 *
 * Bugs to be caught: BUG_STAYS_OPEN, BUG_ASKS_LATE, BUG_COUNTS_NO_VISITS, BUG_SLEEPS_BLIND, BUG_HEARS_LATE,
 * BUG_STOPS_IN_SILENCE, BUG_LOOKS_BEFORE_RING, BUG_ENDS_IN_SILENCE
 */
#define STEPS 3
#define CLOSED 9
#define chunksOf(step) ((step) == 1 -> 1 : 2)

/* One word, in two parts. */
byte visit = 1;
byte next = 0;
/* The walk: written by who goes on, while nobody can claim. */
byte at = 0;
byte chunks = 2;
byte chunksDone = 0;
bool over = false;
bool stop = false;
byte bell = 0;
byte sleepers = 0;
bool asleep[WORKERS];

/* What has come to pass. */
bool ran[6];
byte finished[STEPS];
byte deaths = DEATHS;
byte dead = 0;
byte gone = 0;

inline ring() {
#ifdef BUG_LOOKS_BEFORE_RING
  s = sleepers;
  bell++;
#else
  bell++;
  s = sleepers;
#endif
  if
  :: s != 0 -> d_step { asleep[0] = false; asleep[1] = false; asleep[WORKERS - 1] = false }
  :: else
  fi
}

inline mayDie() {
  if
  :: atomic { deaths > 0 -> deaths--; dead++; gone++; goto end }
  :: true
  fi
}

proctype Worker(byte me) {
  byte rings, v, first, c, all, d, s;
  bool ok;
walk:
#ifndef BUG_HEARS_LATE
  rings = bell;
#endif
  if
  :: stop -> goto leave
  :: else
  fi;
  if
  :: over -> goto leave
  :: else
  fi;
claim:
  atomic { v = visit; first = next };
  c = chunks;
  if
  :: first >= c -> goto wait
  :: else
  fi;
  atomic {
#ifdef BUG_COUNTS_NO_VISITS
    ok = (next == first);
#else
    ok = (visit == v && next == first);
#endif
    if
    :: ok -> next++; v = visit
    :: else
    fi
  };
  if
  :: !ok -> goto claim
  :: else
  fi;
work:
  atomic {
    assert(at == v - 1 && at < STEPS);
    assert(first < chunksOf(at));
    assert(!ran[2 * at + first]);
    assert(at == 0 || finished[at - 1] == chunksOf(at - 1));
    ran[2 * at + first] = true
  };
  mayDie();
  if
  :: stop -> goto leave
  :: else
  fi;
#ifndef BUG_ASKS_LATE
  all = chunks;
#endif
  atomic { finished[v - 1] = finished[v - 1] + 1; chunksDone++; d = chunksDone };
#ifdef BUG_ASKS_LATE
  all = chunks;
#endif
  mayDie();
  if
  :: d < all -> goto walk
  :: else
  fi;
#ifndef BUG_STAYS_OPEN
  next = CLOSED;
#endif
  at++;
  mayDie();
  if
  :: at == STEPS || stop ->
    over = true;
#ifndef BUG_ENDS_IN_SILENCE
    ring();
#endif
    goto walk
  :: else
  fi;
  chunks = chunksOf(at);
  chunksDone = 0;
  mayDie();
  v++;
  if
  :: chunks == 1 -> atomic { visit = v; next = 1 }; first = 0; goto work
  :: else -> atomic { visit = v; next = 0 }
  fi;
  mayDie();
  ring();
  goto walk;
wait:
#ifdef BUG_HEARS_LATE
  rings = bell;
#endif
  if
  :: bell != rings -> goto walk /* it looks for a while */
  :: true
  fi;
  sleepers++;
  atomic {
    if
#ifdef BUG_SLEEPS_BLIND
    :: true -> asleep[me] = true
#else
    :: bell == rings -> asleep[me] = true
    :: else
#endif
    fi
  };
  if
  :: atomic { asleep[me] && deaths > 0 -> deaths--; dead++; gone++; asleep[me] = false; goto end }
  :: !asleep[me]
  fi;
  sleepers--;
  goto walk;
leave:
  gone++;
end:
  skip
}

proctype Owner() {
  byte s;
  if
#ifdef HASTY
  :: true
#endif
  :: dead > 0
  :: gone == WORKERS -> goto done
  fi;
  stop = true;
#ifndef BUG_STOPS_IN_SILENCE
  ring();
#endif
done:
  skip
}

proctype Judge() {
  timeout;
  assert(gone == WORKERS);
  assert(stop || over);
  assert(stop || finished[STEPS - 1] == chunksOf(STEPS - 1))
}

init {
  byte i;
  atomic {
    for (i : 0 .. WORKERS - 1) { run Worker(i) };
    run Owner();
    run Judge()
  }
}
