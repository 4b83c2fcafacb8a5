/*
 * The store of src/sync/queue-store.ts: producer and consumer that may die after any store, and whoever takes the lock
 * over undoes what is in the log. A ring of 3 stands for the cells; the words that count are head, tail and count.
 *
 * Checked: after any death the queue is as before or as after the call: count, ring and order agree, no item comes twice.
 *
 * Bugs to be caught: BUG_NO_LOG, BUG_LOGS_LATE, BUG_PUBLISHES_EARLY, BUG_UNDOES_FORWARD
 */
#define CELLS 3
#define HEAD 0
#define TAIL 1
#define COUNT 2

byte word[3];
byte content[CELLS];
byte logged = 0;
byte logAt[4];
byte logOld[4];
bool lock = false;
bool dead = false;   /* the holder died */
bool death = false;  /* one may */
byte lastGot = 0;
byte pass = 0;

inline acquire() {
  atomic {
    if
    :: !lock -> lock = true
    :: lock && dead -> dead = false; recovering = true
    fi
  };
  if
  :: recovering -> rollBack()
  :: else
  fi;
  recovering = false;
  check()
}

inline check() {
  d_step {
    assert(logged == 0);
    assert(word[COUNT] <= CELLS);
    assert((word[HEAD] + word[COUNT]) % CELLS == word[TAIL])
  }
}

inline rollBack() {
#ifdef BUG_UNDOES_FORWARD
  i = 0;
  do
  :: i == logged -> break
  :: else -> word[logAt[i]] = logOld[i]; i++
  od;
#else
  i = logged;
  do
  :: i == 0 -> break
  :: else -> i--; word[logAt[i]] = logOld[i]
  od;
#endif
  logged = 0
}

inline mayDie() {
  if
  :: atomic { !death && mortal -> death = true; dead = true; goto gone }
  :: true
  fi
}

inline set(at, value) {
#ifdef BUG_LOGS_LATE
  mayDie();
  old = word[at];
  word[at] = value;
  mayDie();
  logAt[logged] = at;
  logOld[logged] = old;
  logged++
#else
#ifndef BUG_NO_LOG
  mayDie();
  logAt[logged] = at;
  mayDie();
  logOld[logged] = word[at];
  mayDie();
  logged++;
#endif
  mayDie();
  word[at] = value
#endif
}

inline publish() {
  mayDie();
  logged = 0
}

proctype Producer(bool mortal) {
  byte i, old, n;
  bool recovering;
  do
  :: n == 2 -> break
  :: else ->
    acquire();
    if
    :: word[COUNT] < CELLS ->
      n++;
      content[word[TAIL]] = 1 + (n - 1);
      mayDie();
      set(TAIL, (word[TAIL] + 1) % CELLS);
#ifdef BUG_PUBLISHES_EARLY
      publish();
#endif
      /* one word twice in a call: only the first content is right to go back to */
      set(COUNT, CELLS);
      set(COUNT, (word[TAIL] + CELLS - word[HEAD]) % CELLS + (word[TAIL] == word[HEAD] -> CELLS : 0));
      publish();
      mayDie()
    :: else
    fi;
    lock = false
  od;
gone:
  skip
}

proctype Consumer(bool mortal) {
  byte i, old, n, value;
  bool recovering;
  do
  :: n == 3 -> break
  :: else ->
    n++;
    acquire();
    if
    :: word[COUNT] > 0 ->
      value = content[word[HEAD]];
      set(HEAD, (word[HEAD] + 1) % CELLS);
      set(COUNT, word[COUNT] - 1);
      publish();
      assert(value > lastGot);
      lastGot = value
    :: else
    fi;
    mayDie();
    lock = false
  od;
gone:
  skip
}

/* Comes when all is quiet. */
proctype Judge() {
  byte i;
  bool recovering;
  timeout;
  acquire();
  do
  :: word[COUNT] == 0 -> break
  :: else ->
    assert(content[word[HEAD]] > lastGot);
    lastGot = content[word[HEAD]];
    word[HEAD] = (word[HEAD] + 1) % CELLS;
    word[COUNT] = word[COUNT] - 1
  od;
  lock = false
}

init {
  atomic {
    run Producer(true);
    run Consumer(true);
    run Consumer(false);
    run Judge()
  }
}
