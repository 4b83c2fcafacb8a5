/*
 * The lock of src/sync/lock.ts, with turns.ts and word.ts: threads that sleep on STATE, a promise that waits on BELL and
 * may be aborted, one thread that may die at the worst moments, and (HASTY) one whose time to wait may be over.
 *
 * Checked: two never have the lock; nobody is left asleep (an invalid end state is a lost wake-up). The look that heals
 * lost wake-ups in 170 ms happens here only once somebody has died. Who looks spares another one its look, once.
 *
 * Bugs to be caught: BUG_NO_COMPARE, BUG_FORGETS_SLEEPERS, BUG_ASYNC_ON_STATE, BUG_SILENT_TURN, BUG_ANY_RECOVERS,
 * BUG_NO_LOOK, BUG_SPARED_FOR_EVER, BUG_LEAVES_AWAKE
 */
#ifndef THREADS
#define THREADS 3
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#define W 1
#define A 2
#define TS 4
#define TA 8
#define FLAGS 15
#define OWNER(s) ((s) >> 4)
#define ID(x) ((x) << 4)
#define DIED 15
#define NONE 0
#define FREE 1
#define SAME 2
#define END_TS 3
#define END_TA 4

byte state = 0;
byte bell = 0;
bool asleep[6];
bool armed = false;
bool dead[16];
bool death = false;
bool looked = true; /* somebody has, a short time ago */
byte inside = 0;

#ifdef BUG_SPARED_FOR_EVER
#define looksAgain !spared
#else
#define looksAgain true
#endif
#define mayLook (looksAgain && death && (OWNER(state) == 0 || OWNER(state) == DIED || dead[OWNER(state)]))

inline cas(from, to) {
  atomic {
    if
    :: state == (from) -> state = (to); ok = true
    :: else -> ok = false
    fi
  }
}

inline notifyOne() {
  atomic {
    if
    :: asleep[1] -> asleep[1] = false; woken = true
    :: asleep[2] -> asleep[2] = false; woken = true
    :: asleep[3] -> asleep[3] = false; woken = true
    :: asleep[4] -> asleep[4] = false; woken = true
    :: asleep[5] -> asleep[5] = false; woken = true
    :: else -> woken = false
    fi
  }
}

inline notifyAll() {
  d_step { asleep[1] = false; asleep[2] = false; asleep[3] = false; asleep[4] = false; asleep[5] = false }
}

inline ring() {
  bell++;
  armed = false
}

/* post (FREE: give the lock back, SAME: wake for what is free) and endTurn. A thread may die after the exchange. */
inline work() {
  do
  :: todo == NONE -> break
  :: todo == FREE || todo == SAME ->
    s = state;
    mask = ((!(s & TS) && (s & TA)) -> 0 : W) | ((s & TS) -> 0 : A);
    t = (todo == FREE -> 0 : (s & 240)) | (s & FLAGS & ~mask);
    cas(s, t);
    if
    :: !ok
    :: ok && mortal && !death -> death = true; dead[me] = true; goto gone
    :: ok ->
      woken = false;
      if
      :: s & mask & W -> notifyOne()
      :: else
      fi;
      if
      :: s & mask & A -> ring()
      :: else
      fi;
      if
      :: (s & TS) && !woken -> todo = END_TS
      :: else -> todo = NONE
      fi
    fi
  :: todo == END_TS || todo == END_TA ->
    s = state;
    t = s & ~(todo == END_TS -> TS : TA);
    if
    :: t == s -> todo = NONE
    :: else ->
      cas(s, t);
      if
      :: !ok
      :: ok ->
#ifdef BUG_SILENT_TURN
        todo = NONE
#else
        todo = ((OWNER(t) == 0 && (t & FLAGS)) -> SAME : NONE)
#endif
      fi
    fi
  od
}

/* Looks, unless another one has just done so. */
inline lookInTurn() {
  if
  :: atomic { looked -> looked = false; spared = true }
  :: atomic { !looked -> looked = true }; look()
  fi
}

/* Whether the owner is alive; if not, all are told. */
inline look() {
  s = state;
  if
  :: dead[OWNER(s)] ->
    cas(s, ID(DIED));
    if
    :: ok && (s & W) -> notifyAll()
    :: else
    fi;
    if
    :: ok && (s & A) -> ring()
    :: else
    fi
  :: else
  fi
}

inline recover() {
  s = state;
#ifdef BUG_ANY_RECOVERS
  state = ID(me) | (s & FLAGS); ok = true
#else
  if
  :: OWNER(s) == DIED -> cas(s, ID(me) | (s & FLAGS))
  :: else -> ok = false
  fi
#endif
}

inline critical() {
  inside++;
  assert(inside == 1);
  inside--
}

proctype Thread(byte me; bool mortal; bool hasty) {
  byte s, t, mask, todo, round;
  bool ok, woken, waited, starving, impatient, leaving, spared;

  do
  :: round == ROUNDS -> break
  :: else ->
    round++;
    waited = false; starving = false; impatient = false;
step:
    s = state;
    if
    :: OWNER(s) == DIED ->
      recover();
      if
      :: ok -> goto have
      :: else -> goto step
      fi
    :: OWNER(s) == 0 && ((s & (TS | TA)) == 0 || impatient || (waited && (s & TS))) ->
      t = s & FLAGS;
      if
      :: waited ->
        t = (impatient -> t & ~(TS | TA) : t);
        t = t & ~TS;
#ifndef BUG_FORGETS_SLEEPERS
        t = t | W
#endif
      :: else
      fi;
      cas(s, ID(me) | t);
      if
      :: ok -> goto have
      :: else -> goto step
      fi
    :: else ->
      t = s | W | ((starving && !(s & TA)) -> TS : 0);
      cas(s, t);
      if
      :: !ok -> goto step
      :: ok && leaving -> goto gone
      :: else
      fi;
#ifdef BUG_NO_COMPARE
      asleep[me] = true;
#else
      atomic { if :: state == t -> asleep[me] = true :: else fi };
#endif
      impatient = false;
      atomic {
        if
        :: !asleep[me]
#ifndef BUG_NO_LOOK
        :: asleep[me] && mayLook -> asleep[me] = false; impatient = true
#endif
        :: asleep[me] && hasty -> asleep[me] = false; impatient = true; leaving = true /* a last try */
        fi
      };
      /* It may have been woken at that moment: then it has to take what it was woken for, or leave others to be woken. */
      if
      :: hasty && !leaving -> leaving = true
      :: true
      fi;
#ifdef BUG_LEAVES_AWAKE
      if
      :: leaving -> goto gone
      :: else
      fi;
#endif
      if
      :: mortal && !death -> death = true; dead[me] = true; goto gone
      :: true
      fi;
      if
      :: impatient -> lookInTurn()
      :: else
      fi;
      waited = true;
      if
      :: starving = true
      :: true
      fi;
      goto step
    fi;
have:
    critical();
    if
    :: mortal && !death -> death = true; dead[me] = true; goto gone
    :: true
    fi;
    todo = FREE;
    work()
  od;
gone:
  skip
}

proctype Promise(byte me) {
  byte s, t, mask, todo, seen;
  bool ok, woken, waited, starving, impatient, spared;
  bool mortal = false;

step:
  seen = bell;
  s = state;
  if
  :: OWNER(s) == DIED ->
    recover();
    if
    :: ok -> goto have
    :: else -> goto step
    fi
  :: OWNER(s) == 0 && ((s & (TS | TA)) == 0 || impatient || (waited && !(s & TS))) ->
    t = s & FLAGS;
    if
    :: waited ->
      t = (impatient -> t & ~(TS | TA) : t);
      t = (((t & TA) && (t & W)) -> ((t & ~TA) | TS) : (t & ~TA))
    :: else
    fi;
    cas(s, ID(me) | t);
    if
    :: ok -> goto have
    :: else -> goto step
    fi
  :: else ->
#ifdef BUG_ASYNC_ON_STATE
    t = s | W;
    cas(s, t);
    if
    :: !ok -> goto step
    :: else
    fi;
    atomic { if :: state == t -> asleep[me] = true :: else fi };
    if
    :: !asleep[me]
    :: asleep[me] -> goto gone /* aborted: what sleeps there can't be taken back */
    fi;
#else
    t = s | A | (starving -> TA : 0);
    cas(s, t);
    if
    :: !ok -> goto step
    :: else
    fi;
    atomic { if :: bell == seen -> armed = true :: else -> armed = false fi };
    impatient = false;
    if
    :: !armed
    :: armed -> todo = END_TA; goto leave /* aborted */
    :: atomic { armed && mayLook -> impatient = true }
    fi;
    if
    :: impatient -> lookInTurn()
    :: else
    fi;
#endif
    waited = true;
    if
    :: starving = true
    :: true
    fi;
    goto step
  fi;
have:
  critical();
  todo = FREE;
  work();
  todo = END_TA;
leave:
  work();
gone:
  skip
}

init {
  atomic {
#ifdef HASTY
    run Thread(1, MORTAL, false);
    run Thread(2, false, true);
#else
    run Thread(1, MORTAL, false);
    run Thread(2, false, false);
#endif
#if THREADS > 2
    run Thread(3, false, false);
#endif
#ifdef PROMISE
    run Promise(5);
#endif
  }
}
