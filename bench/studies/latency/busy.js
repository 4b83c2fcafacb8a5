/** Keeps a core busy, until the process that started it has ended. */
const parent = process.ppid;
let turns = 0;

// process.ppid is a system call: the loop looks at it a few times a second.
while (++turns % 1e8 !== 0 || process.ppid === parent);
