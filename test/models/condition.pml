/*
 * The condition of src/sync/condition.ts: waiters that take a slot with the lock held, release it and sleep on the slot;
 * a time-out (or an abort) is settled with the lock in hand. The lock is one step here: lock.pml is about it. One waiter
 * may die in its sleep.
 *
 * Checked: a notify wakes somebody who waits, if anybody does: nobody stays asleep when as many were notified as wait, and
 * a notification is not spent on who gives up, or is dead already.
 *
 * Bugs to be caught: BUG_RELEASES_FIRST, BUG_GIVES_UP_UNLOCKED, BUG_ONE_WORD, BUG_NOTIFIES_THE_DEAD
 */
#define WAITERS 3
#define FREE 0
#define WAITING 1
#define NOTIFIED 2

bool lock = false;
byte slot[WAITERS];
bool asleep[WAITERS];
bool dead[WAITERS];
byte inside = 0;   /* who has called wait, and has not been answered */
byte credit = 0;   /* notifications given to somebody who waited */
byte answered = 0; /* waits that returned true */

inline acquire() { atomic { !lock -> lock = true } }
inline release() { lock = false }

proctype Waiter(byte me; bool hasty; bool mortal) {
  bool notified;
  acquire();
  inside++;
#ifdef BUG_RELEASES_FIRST
  release();
  slot[me] = WAITING;
#else
  slot[me] = WAITING;
  release();
#endif
  atomic { if :: slot[me] == WAITING -> asleep[me] = true :: else fi };
  if
  :: !asleep[me]
  :: hasty -> asleep[me] = false /* its time is over */
  :: atomic { mortal && asleep[me] -> asleep[me] = false; dead[me] = true; inside--; goto gone }
  fi;
#ifdef BUG_GIVES_UP_UNLOCKED
  notified = (slot[me] == NOTIFIED);
  acquire();
#else
  acquire();
  notified = (slot[me] == NOTIFIED);
#endif
  slot[me] = FREE;
  inside--;
  if
  :: notified -> answered++
  :: else
  fi;
  release();
gone:
  skip
}

/* Whom nobody waits for is passed over: its slot is free. */
inline passOver(i) {
  if
#ifndef BUG_NOTIFIES_THE_DEAD
  :: slot[i] == WAITING && dead[i] -> slot[i] = FREE
#endif
  :: else
  fi
}

inline wake(i) {
  slot[i] = NOTIFIED;
  credit++;
#ifdef BUG_ONE_WORD
  /* all sleep on one word, and notify(1) wakes any of them */
  if
  :: asleep[0] -> asleep[0] = false
  :: asleep[1] -> asleep[1] = false
  :: asleep[2] -> asleep[2] = false
  :: else
  fi
#else
  asleep[i] = false
#endif
}

proctype Notifier() {
  byte left = WAITERS;
  do
  :: left == 0 -> break
  :: else ->
    acquire();
    atomic {
      passOver(0); passOver(1); passOver(2);
      /* Everybody who has called wait is there to be chosen. */
      assert((slot[0] != FREE) + (slot[1] != FREE) + (slot[2] != FREE) == inside);
      if
      :: inside == 0 -> skip
      :: else ->
        if
        :: slot[0] == WAITING -> wake(0)
        :: slot[0] != WAITING && slot[1] == WAITING -> wake(1)
        :: slot[0] != WAITING && slot[1] != WAITING && slot[2] == WAITING -> wake(2)
        :: else
        fi
      fi
    };
    release();
    /* The next one, once that is answered or somebody else waits. */
    (answered + 0 >= credit || slot[0] == WAITING || slot[1] == WAITING || slot[2] == WAITING);
    left--
  od
}

proctype Judge() {
  timeout;
  /* Who was notified was told so. */
  assert(credit == answered);
  assert(slot[0] != NOTIFIED && slot[1] != NOTIFIED && slot[2] != NOTIFIED);
  /* What is left asleep is waiting for a notification that was never given. */
  assert(!asleep[0] || slot[0] == WAITING);
  assert(!asleep[1] || slot[1] == WAITING);
  assert(!asleep[2] || slot[2] == WAITING);
  /* The others go on when they are notified. */
  acquire();
  atomic { passOver(0); passOver(1); passOver(2);
           if :: slot[0] == WAITING -> wake(0) :: else fi; if :: slot[1] == WAITING -> wake(1) :: else fi;
           if :: slot[2] == WAITING -> wake(2) :: else fi };
  release()
}

init {
  atomic {
    run Waiter(0, true, false);
    run Waiter(1, false, MORTAL);
    run Waiter(2, false, false);
    run Notifier();
    run Judge()
  }
}
