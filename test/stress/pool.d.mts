import type { StressOptions } from "./cases.mjs";

export declare function pool(options: StressOptions): Promise<Record<string, number>>;
