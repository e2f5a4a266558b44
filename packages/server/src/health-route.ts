import type { Engine } from "@require-action/engine";
import { jsonReply } from "./http/reply.ts";
import type { Route } from "./http/router.ts";

const TIMEOUT_MS = 1000;

/** Reports whether the engine can decide: its store has to answer. */
export function healthRoute({ users }: Engine): Route {
  return {
    method: "GET",
    path: "/healthz",
    async handle() {
      const isUp = await Promise.race([
        users.find("healthz").then(
          () => true,
          () => false,
        ),
        new Promise<false>((resolve) => setTimeout(resolve, TIMEOUT_MS, false).unref()),
      ]);
      return isUp ? { status: "ok" } : jsonReply(503, { status: "unavailable" });
    },
  };
}
