export interface StressOptions {
  readonly ms: number;
  readonly threads: number;
  readonly seed: number;
  readonly generations?: number;
}
type Case = (options: StressOptions) => Promise<Record<string, number>>;
export declare const cases: Record<
  "locks" | "semaphores" | "queues" | "barriers" | "conditions" | "deaths" | "queueDeaths",
  Case
>;
