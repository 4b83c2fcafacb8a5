/*
 * Room for items of several sizes: put, get and the claim of src/sync/queue.ts and queue-claim.ts. What happens under the
 * queue's lock is one step here (queue.pml is about deaths in it), and a bell tells each whether it has rung since (bell.pml is about its word).
 * A queue of 3 cells; one item takes all of them, others one each. Who puts the large one may give up, or die.
 *
 * Checked: everybody who puts gets in, whoever gives up or dies, as long as somebody gets; nobody goes by a claim of the
 * living. The look happens only once somebody has died.
 *
 * Bugs to be caught: BUG_WAKES_ONE, BUG_KEEPS_CLAIM, BUG_SILENT_END, BUG_NO_LOOK, BUG_GOES_BY, BUG_WAKES_FEW
 */
#define CELLS 3
#define PUTTERS 4
#define NONE 0

byte room = CELLS;
chan items = [CELLS] of { byte };
bool rung[5];
byte claim = NONE;
byte claimed = 0;
bool asleep[5];
bool dead[5];
bool death = false;
byte left = PUTTERS;

inline ringAll() { rung[1] = true; rung[2] = true; rung[3] = true; rung[4] = true }

inline wakeAll() { d_step { ringAll(); asleep[1] = false; asleep[2] = false; asleep[3] = false; asleep[4] = false } }

/* Wakes so many; any of those who sleep. */
inline wake(count) {
  atomic {
    ringAll();
    n = count;
    do
    :: n == 0 -> break
    :: n > 0 && asleep[1] -> asleep[1] = false; n--
    :: n > 0 && asleep[2] -> asleep[2] = false; n--
    :: n > 0 && asleep[3] -> asleep[3] = false; n--
    :: n > 0 && asleep[4] -> asleep[4] = false; n--
    :: n > 0 && !asleep[1] && !asleep[2] && !asleep[3] && !asleep[4] -> n = 0
    od
  }
}

/* It has gone in, or given up. */
inline over() {
  atomic {
    if
#ifndef BUG_KEEPS_CLAIM
    :: claim == me -> claim = NONE; had = true
#endif
    :: else -> had = false
    fi
  };
#ifndef BUG_SILENT_END
  if
  :: had -> wakeAll()
  :: else
  fi
#endif
}

inline mayDie() {
  if
  :: atomic { mortal && !death -> death = true; dead[me] = true; left--; goto gone }
  :: true
  fi
}

proctype Putter(byte me; byte cells; bool hasty; bool mortal) {
  bool went, had, leaving;
step:
  rung[me] = false;
  atomic { /* the lock */
    if
    :: claim != NONE && claim != me && dead[claim] -> claim = NONE
    :: else
    fi;
    if
#ifdef BUG_GOES_BY
    :: room >= cells -> assert(claim == NONE || claim == me || dead[claim]);
#else
    :: room >= cells && (claim == NONE || claim == me) ->
#endif
      room = room - cells; items ! cells; went = true
    :: else ->
      if
      :: room < cells && claim == NONE && !leaving -> claim = me; claimed = cells
      :: else
      fi
    fi
  };
  if
  :: went -> mayDie(); over(); left--; goto gone
  :: !went && leaving -> over(); left--; goto gone
  :: else -> mayDie()
  fi;
  atomic { if :: !rung[me] -> asleep[me] = true :: else fi };
  atomic {
    if
    :: !asleep[me]
    :: asleep[me] && hasty -> asleep[me] = false; leaving = true
#ifndef BUG_NO_LOOK
    :: asleep[me] && death -> asleep[me] = false
#endif
    fi
  };
  goto step;
gone:
  rung[me] = true /* one state for all who are over */
}

proctype Getter() {
  byte cells, n;
end:
  do
  :: atomic { items ? cells -> room = room + cells };
#ifdef BUG_WAKES_ONE
    wake(1)
#else
    if
#ifdef BUG_WAKES_FEW
    :: claim != NONE -> wake(1)
#else
    :: claim != NONE && room >= claimed -> wakeAll()
    :: claim != NONE && room < claimed
#endif
    :: claim == NONE -> wake(cells)
    fi
#endif
  od
}

/* Comes when all is quiet: nobody is left. */
proctype Judge() {
  timeout;
  assert(left == 0);
  assert(room == CELLS && claim == NONE || death)
}

init {
  atomic {
    run Putter(1, 3, HASTY, MORTAL);
    run Putter(2, 1, false, false);
    run Putter(3, 1, false, false);
    run Putter(4, LAST, false, false);
    run Getter();
    run Judge()
  }
}
