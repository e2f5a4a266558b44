import type { GuardEvent } from "@require-action/core/events";
import type { Logger } from "pino";

/** What an operator should look at; the rest is what happens every day. */
function levelOf(event: GuardEvent): "info" | "warn" | "error" {
  switch (event.type) {
    case "failure":
      return event.source === "resolver" || event.source === "respond" ? "error" : "warn";
    case "breaker":
    case "warning":
      return "warn";
    case "proceed":
      return event.failedOpen ? "error" : event.fallback ? "warn" : "info";
    case "claim":
      return event.won ? "info" : "warn";
    default:
      return "info";
  }
}

/** Writes each event as one line of JSON. What a resolver of the application threw is left to the application's own log. */
export function logTo(logger: Logger): (event: GuardEvent) => void {
  return (event) => {
    const { type, ...members } = event;
    const { cause: _cause, ...told } = members as typeof members & { readonly cause?: unknown };
    logger[levelOf(event)]({ event: type, ...told }, `require-action ${type}`);
  };
}
