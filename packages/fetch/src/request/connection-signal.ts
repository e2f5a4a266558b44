import { memberOf } from "@require-action/core/options";
import type { LeaveSignal } from "./platform.ts";

/** A socket, or a stream of HTTP/2. */
interface Connection {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

/**
 * Aborts when the connection of a request of Node closes, for a framework whose requests abort only while their bodies arrive.
 * Nothing for anything else.
 */
export function connectionSignal(incoming: unknown): LeaveSignal | undefined {
  const connection = (memberOf(incoming, "stream") ?? memberOf(incoming, "socket")) as Connection | undefined;
  if (typeof memberOf(connection, "once") !== "function") return undefined;
  return {
    get aborted() {
      return connection!.destroyed;
    },
    addEventListener: (_type, listener) => connection!.once("close", listener),
    removeEventListener: (_type, listener) => connection!.off("close", listener),
  };
}
