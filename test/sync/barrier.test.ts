/** Barrier: the ideas of CPython's BarrierTests, with threads, in both forms of waiting. */
import { Barrier, BrokenBarrierError, Counter, Event } from "allcores/sync";
import { describe, expect, it } from "vitest";
import { end, FORMS, play, type Step, somebodyWaits, wait, waiting } from "./threads.js";

const broken = (results: unknown[]) => results.filter((result) => result === "BrokenBarrierError").length;

describe.each(FORMS)("Barrier, %s", { timeout: 15_000 }, (form) => {
  const pass = waiting(form, "barrier", "wait");
  const players = (count: number, barrier: Barrier, steps: Step[]) =>
    Array.from({ length: count }, () => play({ barrier }, steps));
  const arrive = async (barrier: Barrier, count: number) => {
    while (barrier.waiting < count) await new Promise((resolve) => setImmediate(resolve));
  };

  it("lets all go on when the last has come, each with a number of its own", async () => {
    const barrier = new Barrier(5);
    const rounds = 20;
    const all = await Promise.all(players(5, barrier, Array(rounds).fill(pass)).map(({ results }) => results));
    for (let round = 0; round < rounds; round++)
      expect(all.map((results) => results[round]).sort()).toEqual([0, 1, 2, 3, 4]);
    expect([barrier.waiting, barrier.broken, barrier.parties]).toEqual([0, false, 5]);
  });

  it("holds all until then", async () => {
    const barrier = new Barrier(3);
    const two = players(2, barrier, [pass]);
    await arrive(barrier, 2);
    let passed = 0;
    for (const { results } of two) results.then(() => passed++);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([passed, barrier.waiting]).toEqual([0, 2]);
    expect(await wait(form, barrier, "wait")).toBe(2);
    expect((await Promise.all(two.map(({ results }) => results))).flat().sort()).toEqual([0, 1]);
  });

  it("has one party run the action, before all go on", async () => {
    const counter = new Counter();
    const seen: number[] = [];
    const barrier = new Barrier(3, {
      action: () => {
        seen.push(barrier.waiting);
        counter.add(10);
      },
    });
    const two = [1, 2].map(() => play({ barrier, counter }, [pass, ["counter", "value"]]));
    await arrive(barrier, 2);
    expect(await wait(form, barrier, "wait")).toBe(2);
    for (const { results } of two) expect((await results)[1]).toBe(10);
    expect(seen).toEqual([3]);
  });

  it("breaks when the action throws", async () => {
    const barrier = new Barrier(2, {
      action: () => {
        throw new Error("on purpose");
      },
    });
    const other = play({ barrier }, [pass]);
    await arrive(barrier, 1);
    await expect((async () => wait(form, barrier, "wait"))()).rejects.toThrow("on purpose");
    expect(await other.results).toEqual(["BrokenBarrierError"]);
    expect(barrier.broken).toBe(true);
  });

  it("breaks by abort, for those who wait and who come later", async () => {
    const barrier = new Barrier(3);
    const two = players(2, barrier, [pass, pass]);
    await arrive(barrier, 2);
    barrier.abort();
    for (const { results } of two) expect(await results).toEqual(["BrokenBarrierError", "BrokenBarrierError"]);
    await expect((async () => wait(form, barrier, "wait"))()).rejects.toBeInstanceOf(BrokenBarrierError);
  });

  it("is new after a reset: who waited throws, who comes later meets", async () => {
    const barrier = new Barrier(3);
    const two = players(2, barrier, [pass, pass]);
    await arrive(barrier, 2);
    barrier.reset();
    expect(await wait(form, barrier, "wait")).toBeGreaterThanOrEqual(0);
    const results = (await Promise.all(two.map(({ results }) => results))).flat();
    expect(broken(results)).toBe(2);
    expect([barrier.broken, barrier.waiting]).toEqual([false, 0]);
  });

  it("is new after abort and reset", async () => {
    const barrier = new Barrier(2);
    const go = new Event();
    const one = play({ barrier, go }, [pass, ["tell"], ["go", "wait"], pass]);
    await arrive(barrier, 1);
    barrier.abort();
    await one.told();
    barrier.reset();
    go.set();
    const mine = await wait(form, barrier, "wait");
    const [first, , , second] = await one.results;
    expect([first, new Set([mine, second]), barrier.broken]).toEqual(["BrokenBarrierError", new Set([0, 1]), false]);
  });

  it("breaks when somebody's time is over, for all", async () => {
    const barrier = new Barrier(3);
    const patient = play({ barrier }, [pass]);
    await arrive(barrier, 1);
    const hasty = play({ barrier }, [waiting(form, "barrier", "wait", 30)]);
    expect(await hasty.results).toEqual(["BrokenBarrierError"]);
    expect(await patient.results).toEqual(["BrokenBarrierError"]);
    expect(barrier.broken).toBe(true);
  });

  it("has a time-out of its own", async () => {
    const barrier = new Barrier(2, { timeout: 20 });
    await expect((async () => wait(form, barrier, "wait"))()).rejects.toBeInstanceOf(BrokenBarrierError);
  });

  it("is new after a reset at once, though a party has died waiting", async () => {
    const barrier = new Barrier(2);
    for (const ways of [["reset"], ["abort", "reset"]] as const) {
      const [dead] = players(1, barrier, [["barrier", "wait"]]);
      await arrive(barrier, 1);
      if (dead) await end(dead);
      for (const way of ways) barrier[way]();
      expect([barrier.waiting, barrier.broken]).toEqual([0, false]);
      const [other] = players(1, barrier, [waiting(form, "barrier", "wait", 5000)]);
      await arrive(barrier, 1);
      expect([await wait(form, barrier, "wait", 5000), await other?.results]).toEqual([1, [0]]);
    }
  });

  it("tells each generation apart, whether it met or was reset", async () => {
    const barrier = new Barrier(2);
    for (let round = 0; round < 600; round++) {
      const first = barrier.waitAsync();
      if (round % 3 === 0) {
        barrier.reset();
        await expect(first).rejects.toBeInstanceOf(BrokenBarrierError);
      } else expect(await Promise.all([first, barrier.waitAsync()])).toEqual([0, 1]);
    }
  });

  it("is not broken by a time that is over while the last one is at its action", async () => {
    const barrier = new Barrier(2, {
      action: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300),
    });
    const [hasty] = players(1, barrier, [waiting(form, "barrier", "wait", 200)]);
    await arrive(barrier, 1);
    expect([await wait(form, barrier, "wait"), await hasty?.results, barrier.broken]).toEqual([1, [0], false]);
  });

  it("lets a single party through", async () => {
    const barrier = new Barrier(1);
    for (const _ of [1, 2, 3]) expect(await wait(form, barrier, "wait")).toBe(0);
  });
});

it("an aborted wait rejects with the reason and breaks the barrier", { timeout: 10_000 }, async () => {
  const barrier = new Barrier(2);
  const other = play({ barrier }, [["barrier", "wait"]]);
  await somebodyWaits(barrier);
  const late = new Barrier(3);
  const reason = new Error("enough");
  const controller = new AbortController();
  const waited = late.waitAsync({ signal: controller.signal });
  const second = late.waitAsync();
  controller.abort(reason);
  await expect(waited).rejects.toBe(reason);
  await expect(second).rejects.toBeInstanceOf(BrokenBarrierError);
  expect([barrier.broken, late.broken, barrier.wait()]).toEqual([false, true, 1]);
  expect(await other.results).toEqual([0]);
});

it("parties are 1 to 1023", () => {
  for (const bad of [0, 1024, 1.5]) expect(() => new Barrier(bad)).toThrow(RangeError);
  expect(() => new Barrier(2, { action: 1 as never })).toThrow(TypeError);
});
