/** Names of the tests' blocks, and what the system has of them. */
import { existsSync } from "node:fs";
import { SharedMemory, type SharedMemoryOptions } from "allcores/shared-memory";
import { onTestFinished } from "vitest";

let count = 0;

/** A name that no other test has. */
export function freshName(): string {
  return `allcores-test-${process.pid}-${count++}`;
}

/** A block that goes with the test. */
export function make(options: SharedMemoryOptions): SharedMemory {
  const memory = SharedMemory.create(options);
  onTestFinished(() => memory[Symbol.dispose]());
  return memory;
}

export function isThere(name: string): boolean {
  return existsSync(`/dev/shm/${name}`);
}
