/*
 * The words that a queue's users wait for (src/sync/bell.ts): consumers that sleep, and one that waits by promise and may
 * be aborted, in any mix. The content (items) is changed under the queue's lock, in one step here; everything on the word
 * is not.
 *
 * Checked: when all producers are done, nobody waits while there are items (an invalid end state is a lost wake-up), and
 * each item is taken once.
 *
 * Bugs to be caught: BUG_COUNTS_FOR_SLEEPERS_ONLY, BUG_SILENT_CLEAR, BUG_LOOKS_BEFORE_COUNT, BUG_ABORT_KEEPS_LINE
 */
#define PRODUCERS 2
#define W 1
#define A 2
#define ONCE 4

byte word = 0;
byte bell = 0;
byte items = 0;
byte taken = 0;
bool asleep[4];
byte sleeping = 0;
bool armed = false;
byte produced = 0;

inline cas(from, to) {
  atomic {
    if
    :: word == (from) -> word = (to); ok = true
    :: else -> ok = false
    fi
  }
}

inline notify(all) {
  atomic {
    woken = false;
    do
    :: asleep[1] && (all || !woken) -> asleep[1] = false; woken = true
    :: asleep[2] && (all || !woken) -> asleep[2] = false; woken = true
    :: asleep[3] && (all || !woken) -> asleep[3] = false; woken = true
    :: else -> break
    od
  }
}

inline take() {
  atomic {
    if
    :: items > 0 -> items--; taken++; got = true
    :: else -> got = false
    fi
  }
}

inline signal() {
  do
  :: s = word;
#ifdef BUG_COUNTS_FOR_SLEEPERS_ONLY
    if
    :: !(s & (W | A)) -> break
    :: else
    fi;
#endif
    t = (s + ONCE) & ~A;
    cas(s, t);
    if
    :: !ok
    :: else ->
      if
      :: s & A -> d_step { bell++; armed = false }
      :: else
      fi;
      if
      :: s & W ->
        notify(false);
        if
        :: !woken ->
          cas(t, t & ~W);
#ifndef BUG_SILENT_CLEAR
          if
          :: ok -> notify(true)
          :: else
          fi
#endif
        :: else
        fi
      :: else
      fi;
      break
    fi
  od
}

proctype Producer() {
  byte s, t;
  bool ok, woken;
  items++;
  signal();
  produced++
}

proctype Consumer(byte me) {
  byte s, t;
  bool ok, got;
step:
#ifdef BUG_LOOKS_BEFORE_COUNT
  take();
  s = word;
#else
  s = word;
  take();
#endif
  if
  :: got -> goto done
  :: else
  fi;
  t = s | W;
  cas(s, t);
  if
  :: !ok -> goto step
  :: else
  fi;
  atomic { if :: word == t -> asleep[me] = true :: else fi };
  end: !asleep[me];
  goto step;
done:
  skip
}

/* A thread's line: the first waits, the second behind it may be left when the first is aborted. */
proctype Line() {
  byte s, t, seen, waiting = 2;
  bool ok, got;
step:
  seen = bell;
  s = word;
  take();
  if
  :: got ->
    waiting--;
    if
    :: waiting == 0 -> goto done
    :: else -> goto step
    fi
  :: else
  fi;
  t = s | A;
  cas(s, t);
  if
  :: !ok -> goto step
  :: else
  fi;
  atomic { if :: bell == seen -> armed = true :: else -> armed = false fi };
  if
  :: waiting == 2 ->
    waiting = 1; /* the first is aborted */
#ifndef BUG_ABORT_KEEPS_LINE
    goto step
#else
    goto stuck
#endif
  :: true
  fi;
  end: !armed;
  goto step;
#ifdef BUG_ABORT_KEEPS_LINE
stuck:
  goto done;
#endif
done:
  skip
}

/* Once all is quiet: nobody may be asleep beside an item. */
proctype Judge() {
  (produced == PRODUCERS);
  timeout;
  assert(items == 0);
  assert(taken == PRODUCERS)
}

init {
  atomic {
    run Producer();
    run Producer();
    run Consumer(1);
#ifdef CONSUMERS_2
    run Consumer(2);
#else
    run Line();
#endif
    run Judge()
  }
}
