export interface StressOptions {
  readonly ms: number;
  readonly threads: number;
  readonly seed: number;
  readonly generations?: number;
  readonly handOvers?: number;
}
type Case = (options: StressOptions) => Promise<Record<string, number>>;
export declare const cases: Record<
  "locks" | "handOvers" | "semaphores" | "queues" | "sizes" | "barriers" | "conditions" | "deaths" | "queueDeaths",
  Case
>;
