/** What a worker says of its work, for logs. */
import type { ChunkName } from "../keys.js";

export type ClusterEvent =
  /** It takes claims from now on. */
  | { readonly event: "ready"; readonly worker: string; readonly threads: number; readonly queue: string }
  /** It takes no more, and finishes those that it has. */
  | { readonly event: "closing" }
  | { readonly event: "closed" }
  /** Chunks [first, last) of a job. */
  | ({ readonly event: "claimed" } & ChunkName)
  | ({ readonly event: "computed"; readonly ms: number } & ChunkName)
  /** The job is not wanted any more. */
  | ({ readonly event: "dropped" } & ChunkName)
  /** @property isLast no further attempt follows */
  | ({ readonly event: "failed"; readonly error: string; readonly isLast: boolean } & ChunkName)
  /** This worker can't take chunks of the job. */
  | ({ readonly event: "refused"; readonly error: string } & ChunkName)
  /** A message of the queue that is no claim, or a failure of the connection. */
  | { readonly event: "error"; readonly error: string };
