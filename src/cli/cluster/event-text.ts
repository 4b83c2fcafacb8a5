/** What a worker says of its work, as short lines. */
import type { ClusterEvent } from "allcores/cluster";
import { showSeconds } from "../output.js";

/** One line, without what names it as the worker's. */
export function eventText(event: ClusterEvent): string {
  switch (event.event) {
    case "ready":
      return `ready: ${event.worker}, ${event.threads} thread${event.threads === 1 ? "" : "s"}, queue ${event.queue}`;
    case "closing":
      return "takes no more chunks, and finishes those that it has";
    case "closed":
      return "closed";
    case "error":
      return event.error;
    default:
      return `${event.run}/${event.job}, chunks ${event.first} to ${event.last - 1}: ${outcomeText(event)}`;
  }
}

function outcomeText(event: Extract<ClusterEvent, { readonly run: string }>): string {
  switch (event.event) {
    case "claimed":
      return "begun";
    case "computed":
      return `done in ${showSeconds(event.ms / 1e3)}`;
    case "dropped":
      return "not wanted any more";
    case "refused":
      return `refused: ${event.error}`;
    case "failed":
      return `failed${event.isLast ? " for the last time" : ""}: ${event.error}`;
  }
}
